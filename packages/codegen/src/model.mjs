// Owns the model that writers work from: types with fields, choices and documentation, read from the JSON
// Schemas that the Rust types give. It knows schemars' way of writing, so that no writer has to, and it
// refuses what it does not know: a shape that is silently lost would be missing in every language.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitions, reading } from './schema.mjs';

/**
 * @typedef {object} Type a reference to a type, in no language's terms
 * @property {'boolean' | 'integer' | 'number' | 'string' | 'named' | 'list' | 'map' | 'any'} kind
 * @property {string} [name] of a named type
 * @property {Type} [item] of a list or map
 * @property {boolean} [nullable]
 */
/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} doc
 * @property {Type} type
 * @property {unknown} [default] of the strict preset
 * @property {boolean} required whether a document must have it
 * @property {[number, number]} [range] the least and the most
 * @property {string | undefined} [code] of a limit: the error code that its breach ends in
 */
/** @typedef {{ value: string, doc: string } | { key: string, type: Type, doc: string }} Choice */
/** @typedef {{ name: string, doc: string, fields?: Field[], choices?: Choice[] }} Definition */
/** @typedef {{ code: string, family: string, title: string, description: string, remedy: string }} Code */
/** @typedef {{ field: string, code: string }} LimitCode */
/** @typedef {Record<string, { typescript: string, python: string, go: string }>} ErrorClasses by family */
/**
 * @typedef {object} Model
 * @property {Definition[]} policy from the whole to its parts
 * @property {any[]} presets effective documents, the default first
 * @property {Definition[]} results
 * @property {Code[]} codes
 * @property {LimitCode[]} limits in the order of the reference
 * @property {ErrorClasses} errorClasses
 */

const idiom = new URL('../idiom.json', import.meta.url);

/**
 * Reads the model from a folder of schemas.
 * @param {string} folder
 * @returns {Model}
 */
export function readModel(folder) {
  /** @param {string} file */
  const read = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const policy = read('policy.schema.json');
  const results = read('result.schema.json');
  const { codes, limits } = read('errors.json');
  return {
    policy: withCodes(definitions(reading(policy.title, policy)), limits),
    presets: policy.examples,
    // Codes and families have a file of their own; a capability is made by an API, not read from a result.
    results: definitions(results.$defs).filter(
      ({ name }) => !['ErrorCode', 'ErrorFamily', 'Capability'].includes(name),
    ),
    codes,
    limits,
    errorClasses: JSON.parse(readFileSync(idiom, 'utf8')).errorClasses,
  };
}

/**
 * Limits in the table's order, each with its code.
 * @param {Definition[]} policy
 * @param {LimitCode[]} limits
 */
function withCodes(policy, limits) {
  const order = new Map(limits.map((limit, i) => [limit.field, { i, code: limit.code }]));
  return policy.map((definition) => {
    if (definition.name !== 'Limits' || !definition.fields) return definition;
    const fields = definition.fields
      .map((field) => ({ ...field, code: order.get(field.name)?.code }))
      .sort((a, b) => place(a.name) - place(b.name));
    return { ...definition, fields };
  });

  /** @param {string} name */
  function place(name) {
    return order.get(name)?.i ?? order.size;
  }
}

/**
 * A family's class in each language.
 * @param {ErrorClasses} classes
 * @param {string} family
 */
export function classesOf(classes, family) {
  const found = classes[family];
  if (!found) throw new Error(`idiom.json names no classes for the family ${family}`);
  return found;
}
