// Owns the Python side of the reference: signatures and fields, taken from what the writers of the Python package
// write, and from the package's own file where a member is written by hand. It makes no name of its own.
import { readFileSync } from 'node:fs';
import { Writer } from '../python/classes.mjs';
import { pythonModules } from '../python/modules.mjs';
import { className, idiom, snake, withoutUnit } from '../python/names.mjs';
import { Types } from '../python/types.mjs';

/** @typedef {import('../../api.mjs').Api} Api */
/** @typedef {import('../../api.mjs').ApiClass} ApiClass */
/** @typedef {import('../../api.mjs').ApiField} ApiField */
/** @typedef {import('../../api.mjs').Callable} Callable */

const folder = new URL('../../../../../bindings/python/python/wasm_sandbox/', import.meta.url);

/** What the Python package says. */
export class Python {
  /** @param {Api} api @param {import('../../model.mjs').Model} model */
  constructor(api, model) {
    this.types = new Types(api, model);
    this.data = pythonModules(api, model)['types.py'] ?? '';
    [, this.pool = ''] = read('_pool.py').split(/^class SandboxPool\b/m);
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
    if (python.byHand.includes(operation)) return byHand('_guests.py', snake(member.name));
    if (idiom.byHand.includes(owner.name)) {
      const name = member.kind === 'constructor' ? '__init__' : snake(member.name);
      const text = byHand('_pool.py', name).replaceAll(
        'def __init__(',
        `${className(owner.name)}(`,
      );
      return member.kind === 'constructor' ? text.replaceAll(' -> None', '') : text;
    }
    const isBuilder = this.types.isBuilder(owner.name);
    const writer = new Writer(this.types, this.types.isDouble(owner.name) ? 'async' : 'shared');
    const text = head(writer.method(owner, member, isBuilder));
    if (member.kind !== 'constructor') return text;
    return text.replace('def __init__(', `${className(owner.name)}(`).replace(' -> None', '');
  }

  /** @param {Callable} one @returns {string | undefined} */
  function(one) {
    if (!this.isThere(one.name)) return undefined;
    return head(new Writer(this.types, one.async ? 'async' : 'shared').function(one));
  }

  /** A keyword argument that is an option. @param {ApiField} field @param {string} owner @returns {string | undefined} */
  option(field, owner) {
    if (!this.isThere(`${owner}.${field.name}`)) return undefined;
    const own = idiom.byHand.includes(owner) && this.parameter(field.name);
    if (own) return own;
    const made = new Writer(this.types, 'async').option({ ...field, ...{ owner } }, owner);
    return made && `${made.name}: ${made.annotation}`;
  }

  /** A parameter of what is written by hand. @param {string} name */
  parameter(name) {
    return new RegExp(`^ {8}(${withoutUnit(name)}: .*?)( = .*)?,$`, 'm').exec(this.pool)?.[1];
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

const read = (/** @type {string} */ file) => readFileSync(new URL(file, folder), 'utf8');

/** A member that is written by hand; one with overloads is shown with each. @param {string} file @param {string} name */
function byHand(file, name) {
  const like = `^( {4}@property\\n)? {4}(async )?def ${name}\\((.*|\\n( {8}.*\\n)* {4})\\) -> .*?:( \\.\\.\\.)?$`;
  const all = [...read(file).matchAll(new RegExp(like, 'gm'))].map(([text]) => text);
  const overloads = all.filter((text) => text.endsWith(' ...'));
  const shown = overloads.length > 0 ? overloads : all.slice(0, 1);
  if (shown.length === 0) throw new Error(`the Python package has no ${name}`);
  return shown.map((text) => head(`${text.replace(/: \.\.\.$/, ':')}\n`)).join('\n');
}
