// Owns the reading of source text as far as the rules need it: comments and strings blanked out, so
// that a word in a sentence is never taken for code. Keeps every line where it was.

const blank = (text) => text.replace(/[^\n]/g, ' ');

const rust = new RegExp(
  [
    /\/\/[^\n]*/, // a line comment
    /b?r(#*)"[\s\S]*?"\1/, // a raw string
    /b?"(?:\\[\s\S]|[^"\\])*"/, // a string
    /b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^'\\\n])'/, // a character, not a lifetime
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
);

/** Rust without comments, and without strings unless `keepStrings`. Block comments may nest. */
export function stripRust(text, { keepStrings = false } = {}) {
  const flat = text.replace(rust, (part) => {
    if (part.startsWith('//')) return blank(part);
    return keepStrings ? part : blank(part);
  });
  return stripNested(flat);
}

function stripNested(text) {
  let depth = 0;
  return text.replace(/\/\*|\*\/|[\s\S]/g, (part) => {
    if (part === '/*') depth += 1;
    const kept = depth === 0 ? part : blank(part);
    if (part === '*/' && depth > 0) depth -= 1;
    return kept;
  });
}

const script =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;

/** TypeScript and JavaScript without comments; strings stay, because imports are strings. */
export function stripScript(text) {
  return text.replace(script, (part) => (part.startsWith('/') ? blank(part) : part));
}

export const lineOf = (text, index) => text.slice(0, index).split('\n').length;

/** Rust text without the modules that only tests compile. */
export function withoutTests(text) {
  const declared = text.replace(/#\[cfg\(test\)\]\s*(pub\S*\s+)?mod\s+\w+\s*;/g, '');
  const at = declared.search(/#\[cfg\((all\()?test/);
  return at === -1 ? declared : declared.slice(0, at);
}
