// Owns the Python side of the reference: signatures and fields, taken from what the writers of the Python package
// write. It makes no name of its own.
import { Writer } from '../python/classes.mjs';
import { pythonModules } from '../python/modules.mjs';
import { className, idiom, snake } from '../python/names.mjs';
import { Types } from '../python/types.mjs';

/** @typedef {import('../../api.mjs').Api} Api */
/** @typedef {import('../../api.mjs').ApiClass} ApiClass */
/** @typedef {import('../../api.mjs').ApiField} ApiField */
/** @typedef {import('../../api.mjs').Callable} Callable */

/** What the Python package says. */
export class Python {
  /** @param {Api} api @param {import('../../model.mjs').Model} model */
  constructor(api, model) {
    this.types = new Types(api, model);
    this.data = pythonModules(api, model)['types.py'] ?? '';
  }

  /** @param {string} name */
  isThere(name) {
    return !idiom.python.leftOut.includes(name);
  }

  /** @param {ApiClass} owner @param {Callable} member @returns {string | undefined} */
  member(owner, member) {
    const { python } = idiom;
    const operation = `${owner.name}.${member.name}`;
    if (python.leftOut.includes(operation)) return undefined;
    const isBuilder = this.types.isBuilder(owner.name);
    const writer = new Writer(this.types, this.types.isDouble(owner.name) ? 'async' : 'shared');
    this.types.own = owner.typeParameters;
    const forms = writer.method(owner, member, isBuilder).split(/^ {4}@overload\n/m);
    // Of several forms the last is what they have in common.
    const shown =
      forms.length > 1
        ? forms.slice(1, -1).concat(forms.at(-1)?.split(/(?<=\.\.\.\n)/)[0] ?? '')
        : forms;
    return shown
      .map((text) => head(text.replace(/: \.\.\.\n/, ':\n')))
      .map((text) =>
        member.kind === 'constructor'
          ? text.replace('def __init__(', `${className(owner.name)}(`).replace(' -> None', '')
          : text,
      )
      .join('\n');
  }

  /** @param {Callable} one @returns {string | undefined} */
  function(one) {
    if (!this.isThere(one.name)) return undefined;
    return head(new Writer(this.types, one.async ? 'async' : 'shared').function(one));
  }

  /** A keyword argument that is an option. @param {ApiField} field @param {string} owner @returns {string | undefined} */
  option(field, owner) {
    if (!this.isThere(`${owner}.${field.name}`)) return undefined;
    const made = new Writer(this.types, 'async').given.option({ ...field, ...{ owner } }, owner);
    return made && `${made.name}: ${made.annotation}`;
  }

  /** A field of a record or document. @param {string} owner @param {string} name @returns {string | undefined} */
  field(owner, name) {
    const body = new RegExp(`^class _?${owner}\\b.*:\\n(?:(?: {4}.*)?\\n)*`, 'gm');
    const text = [...this.data.matchAll(body)].join('\n');
    return new RegExp(`^ {4}((?:${snake(name)}|${name}): .*)$`, 'm').exec(text)?.[1];
  }

  /** An attribute of exceptions, which are written by hand. @param {string} name */
  attribute(name) {
    return snake(name);
  }

  /** What an alias stands for. @param {string} name @returns {string | undefined} */
  alias(name) {
    return new RegExp(`^${name}: TypeAlias = "?(.*?)"?$`, 'm').exec(this.data)?.[1];
  }
}

/** A declaration's head as a caller sees it: without its body, `self`, and the indentation of where it stands. @param {string} text */
function head(text) {
  const found = /^[\s\S]*?\) -> .*(?=:\n)/.exec(text)?.[0] ?? '';
  const lines = found.replace(/\bself(?:: [\w[\]]+)?(, |,\n\s*(?=\S)|(?=\)))/, '').split('\n');
  const inner = /^ *(?=\) ->)/.exec(lines.at(-1) ?? '')?.[0].length ?? 0;
  const outer = /^ */.exec(found)?.[0].length ?? 0;
  const isLong = lines.some((line) => line.endsWith('('));
  let width = outer;
  return lines
    .map((line) => {
      const made = line.slice(width);
      if (isLong && line.endsWith('(')) width = inner;
      return made;
    })
    .join('\n');
}
