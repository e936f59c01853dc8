// Owns the reading of doc comments: the text without the comment's stars, `@throws` apart, `{@link}` as a name.
import ts from 'typescript';

/**
 * @typedef {object} Documentation
 * @property {string} doc
 * @property {string} throws what `@throws` says; empty when there is none
 * @property {boolean} [internal] whether it is marked `@internal`
 */

/**
 * @param {ts.Node} node
 * @returns {Required<Documentation>}
 */
export function documentation(node) {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const own = comments.at(-1);
  const tags = [...(own?.tags ?? [])];
  return {
    doc: text(own?.comment),
    throws: tags
      .filter((tag) => tag.tagName.text === 'throws')
      .map(thrown)
      .join(' '),
    internal: tags.some((tag) => tag.tagName.text === 'internal'),
  };
}

/** The class is read as a type of its own, in braces or not. @param {ts.JSDocTag} tag */
function thrown(tag) {
  return tag
    .getText()
    .replace(/^@throws\s*/, '')
    .replace(/\s*\n\s*\*?\s*/g, ' ')
    .trim();
}

/** A paragraph is one line, whatever its lines are in the source. @param {string | ts.NodeArray<ts.JSDocComment> | undefined} comment */
function text(comment) {
  return (ts.getTextOfJSDocComment(comment) ?? '').trim().replace(/(?<=\S)\n(?=[^\s-])/g, ' ');
}
