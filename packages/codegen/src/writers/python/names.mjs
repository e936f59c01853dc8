// Owns Python's names and the wording of its docstrings: snake_case, seconds instead of milliseconds, None.
// Knows nothing of types.
import { readFileSync } from 'node:fs';

/** What declarations do not say about Python. */
export const idiom = JSON.parse(
  readFileSync(new URL('../../../idiom.json', import.meta.url), 'utf8'),
);

const reserved = new Set([
  'import',
  'from',
  'class',
  'global',
  'lambda',
  'with',
  'pass',
  'is',
  'in',
  'not',
]);

/** @param {string} name */
export const snake = (name) => {
  const made = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
  return reserved.has(made) ? `${made}_` : made;
};

/** A class's name as Python has it. @param {string} name */
export const className = (name) => {
  const families = Object.values(idiom.errorClasses);
  return families.find((/** @type {any} */ one) => one.typescript === name)?.python ?? name;
};

/** The name of a time in seconds: `timeoutMs` is `timeout`. @param {string} name */
export const withoutUnit = (name) => snake(name.replace(/Ms$/, ''));

/**
 * A docstring's lines, indented.
 * @param {{ doc: string, throws?: string }} documented
 * @param {string} indent
 * @param {string[]} [more] further lines
 */
export function docstring({ doc, throws = '' }, indent, more = []) {
  const lines = words(doc).split('\n');
  if (more.length > 0) lines.push('', ...more);
  if (throws !== '') lines.push('', 'Raises:', ...wrapped(`    ${words(throws)}`, 8));
  const long = lines.flatMap((line) => (line.startsWith('    ') ? [line] : wrapped(line, 0)));
  if (long.length === 1 && `${indent}"""${long[0]}"""`.length <= 120)
    return `${indent}"""${long[0]}"""\n`;
  const [first = '', ...rest] = long;
  // The first line of a docstring stands alone.
  const body = rest.length > 0 && rest[0] !== '' && /[.:]$/.test(first) ? ['', ...rest] : rest;
  const text = [first, ...body].map((line) => (line === '' ? '' : `${indent}${line}`)).join('\n');
  return `${indent}"""${text.trimStart()}\n${indent}"""\n`;
}

/** Words of the reference API in Python's. @param {string} text */
function words(text) {
  return text
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\bnull and undefined\b|\bundefined and null\b/gi, 'None')
    .replace(/\b(null|undefined)\b/g, 'None')
    .replace(/\bUint8Array\b/g, 'bytes')
    .replace(/\bResourceLimitError\b/g, className('ResourceLimitError'))
    .replace(/\bwhen the promise resolves\b/g, 'when this returns')
    .replace(/\bmust not return promises\b/g, 'may be coroutine functions')
    .replace(/\ba promise\b/g, 'an awaitable')
    .replace(
      /`([a-z]+(?:[A-Z][a-z]+)+)(\(\))?`/g,
      (_, name, call = '') => `\`${/Ms$|Bytes$/.test(name) ? name : snake(name)}${call}\``,
    )
    .replace(/`error\.result`/g, '`error.result`')
    .replaceAll('`', '``')
    .replace(/\\/g, '\\\\');
}

/** @param {string} text @param {number} hang @returns {string[]} */
function wrapped(text, hang) {
  const width = 104;
  if (text.length <= width) return [text];
  const lead = /^ */.exec(text)?.[0] ?? '';
  const lines = [''];
  for (const word of text.trim().split(' ')) {
    const at = lines.length - 1;
    const line = lines[at] ?? '';
    if (line !== '' && lead.length + line.length + word.length + 1 > width) lines.push(word);
    else lines[at] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line, i) => (i === 0 ? lead : ' '.repeat(Math.max(hang, lead.length))) + line);
}
