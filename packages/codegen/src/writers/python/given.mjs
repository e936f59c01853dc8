// Owns what a method is given in Python: its parameters out of the declaration, each with its name, its type and what is
// handed over, and their texts: signature, map, documentation.
import { idiom, snake, withoutUnit } from './names.mjs';

/** @typedef {import('./types.mjs').Types} Types */
/** @typedef {import('../../api.mjs').Callable} Callable */
/** @typedef {import('../../api.mjs').ApiField} ApiField */
/** @typedef {'shared' | 'async' | 'sync'} Mode */
/**
 * One parameter in Python. `native`: its name in the reference API; `value`: what is handed over.
 * @typedef {{ name: string, native: string, annotation: string, value: string, optional: boolean, doc: string,
 *   role: 'plain' | 'option' | 'callback' | 'cancel' | 'download', initial: string }} Given
 */

const { python } = idiom;

/** Reads the parameters of one mode. */
export class Parameters {
  /** @param {Types} types @param {Mode} mode */
  constructor(types, mode) {
    this.types = types;
    this.mode = mode;
  }

  /** @param {Callable} method @param {string} operation @returns {Given[]} */
  of(method, operation) {
    /** @type {Given[]} */
    const given = [];
    for (const one of method.params) {
      if (one.name !== 'options') {
        given.push(this.plain(one, operation, method));
        continue;
      }
      for (const field of this.types.options(one.type)) {
        const made = this.option(field, operation);
        if (made && !given.some((known) => known.name === made.name)) given.push(made);
      }
    }
    const source = given.find((one) => ['source', 'wasm'].includes(one.native));
    const [owner] = operation.split('.');
    if (source && !this.types.isBuilder(owner) && !this.types.isPool(owner)) {
      source.value = this.fetched(`source=${source.name}`, given);
    }
    const [address] = given;
    if (python.downloads[operation] && address) {
      address.annotation = 'str';
      address.native = 'bytes';
      address.value = this.fetched(`url=${address.name}`, given);
    }
    return given;
  }

  /** What lies at an address, under a policy. @param {string} what @param {Given[]} given */
  fetched(what, given) {
    const how = given.filter(
      (one) => one.role === 'download' || ['policy', 'limits'].includes(one.name),
    );
    const fetched = this.mode === 'async' ? 'await fetched' : 'fetched_now';
    return `${fetched}(${what}, ${named(how)})`;
  }

  /** @param {import('../../api.mjs').Parameter} one @param {string} operation @param {Callable} method @returns {Given} */
  plain({ name, type, optional }, operation, method) {
    const isTime = this.types.has(type, 'Milliseconds');
    const renamed =
      python.parameters[`${operation}.${name}`] ?? (isTime ? python.parameters[name] : undefined);
    const made = renamed ?? snake(name);
    const annotation = this.types.annotation(type, { optional, out: false });
    const isCallback = method.returns.kind === 'this' && this.types.isCallback(type);
    return {
      name: made,
      native: name,
      annotation,
      value: isTime ? `ms(${made})` : made,
      optional,
      doc: '',
      role: isCallback ? 'callback' : 'plain',
      initial: 'None',
    };
  }

  /** @param {ApiField & { owner?: string }} field @param {string} operation @returns {Given | undefined} */
  option(field, operation) {
    const { name, type, doc, owner } = field;
    if (name === 'signal') {
      if (this.mode !== 'sync') return undefined;
      return {
        name: 'cancel',
        native: name,
        annotation: 'CancelToken | None',
        value: 'cancel',
        optional: true,
        doc: 'Cancels it from another thread.',
        role: 'cancel',
        initial: 'None',
      };
    }
    const isTime = this.types.has(type, 'Milliseconds');
    const made = isTime ? withoutUnit(name) : snake(name);
    const unset = python.nullMeans.includes(`${owner}.${name}`);
    const annotation = this.types.annotation(type, { optional: true });
    const isDownload = this.types.isPool(operation.split('.')[0])
      ? this.types
          .options({ kind: 'named', name: 'DownloadOptions' })
          .some((one) => one.name === name)
      : owner === 'DownloadOptions' &&
        (operation in python.downloads || operation.endsWith('Builder.source'));
    return {
      name: made,
      native: name,
      annotation: unset ? `${annotation} | Unset` : annotation,
      value: isTime ? `ms(${made})` : this.types.has(type, 'Package') ? `paths(${made})` : made,
      optional: true,
      doc,
      role: this.types.isCallback(type) ? 'callback' : isDownload ? 'download' : 'option',
      initial: unset ? 'UNSET' : 'None',
    };
  }
}

/** @param {Given[]} given @param {string} name */
export const pick = (given, name) => given.find((one) => one.native === name);

/** @param {string[]} first @param {Given[]} given */
export function signature(first, given) {
  const plain = given.filter(
    (one) => one.role === 'plain' || (one.role === 'callback' && !one.doc && !one.optional),
  );
  const keywords = given.filter((one) => !plain.includes(one));
  const text = (/** @type {Given} */ one) =>
    `${one.name}: ${one.annotation}${one.optional ? ` = ${one.initial}` : ''}`;
  const all = [
    ...first,
    ...plain.map(text),
    ...(keywords.length > 0 ? ['*', ...keywords.map(text)] : []),
  ];
  if (all.join(', ').length < 60) return all.join(', ');
  return `\n${all.map((one) => `        ${one},\n`).join('')}    `;
}

/** The map of what is handed over. @param {Given[]} given */
export function map(given) {
  const plain = given.filter((one) => one.role === 'plain');
  const options = given.filter((one) => one.role === 'option');
  if (plain.length + options.length === 0) return '{}';
  const parts = plain.length > 0 ? [named(plain)] : [];
  if (options.length > 0) parts.push(`options=given(${named(options)})`);
  return `given(${parts.join(', ')})`;
}

/** Keyword arguments by the API's names. @param {Given[]} given */
export const named = (given) => given.map((one) => `${one.native}=${one.value}`).join(', ');

/** A dict of what is kept on Python's side. @param {Given[]} given @param {boolean} [native] under the API's names */
export function kept(given, native = false) {
  return `{${given.map((one) => `"${native ? one.native : one.name}": ${one.name}`).join(', ')}}`;
}

/** What the keyword arguments mean. @param {Given[]} given */
export function described(given) {
  const lines = given
    .filter((one) => one.doc !== '')
    .map((one) => `    ${one.name}: ${one.doc.replace(/\s*\n\s*/g, ' ')}`);
  return lines.length > 0 ? ['Args:', ...lines] : [];
}
