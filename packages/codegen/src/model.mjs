// Owns the model that writers work from: types with fields, choices and documentation, read from the JSON
// Schemas that the Rust types give. It knows schemars' way of writing, so that no writer has to.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

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
 * @property {unknown} [default]
 * @property {boolean} required whether a document must have it
 */
/** @typedef {{ value: string, doc: string } | { key: string, type: Type, doc: string }} Choice */
/** @typedef {{ name: string, doc: string, fields?: Field[], choices?: Choice[] }} Definition */
/** @typedef {{ code: string, family: string, title: string, description: string, remedy: string }} Code */
/** @typedef {{ policy: Definition[], results: Definition[], codes: Code[] }} Model */

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
  const named = { [policy.title]: policy, ...policy.$defs };
  return {
    policy: definitions(named),
    results: definitions(results.$defs).filter((d) => !d.name.startsWith('Capability')),
    codes: read('errors.json').codes,
  };
}

/** @param {Record<string, any>} named */
function definitions(named) {
  return Object.entries(named).map(([name, schema]) => definition(name, schema));
}

/**
 * @param {string} name
 * @param {any} schema
 * @returns {Definition}
 */
function definition(name, schema) {
  const doc = schema.description ?? '';
  if (schema.properties) {
    const required = new Set(schema.required ?? []);
    const fields = Object.entries(schema.properties).map(([key, property]) =>
      field(key, property, required.has(key)),
    );
    return { name, doc, fields };
  }
  return { name, doc, choices: choices(schema) };
}

/**
 * @param {string} name
 * @param {any} schema
 * @param {boolean} required
 * @returns {Field}
 */
function field(name, schema, required) {
  const made = { name, doc: schema.description ?? '', type: type(schema), required };
  return 'default' in schema ? { ...made, default: schema.default } : made;
}

/**
 * @param {any} schema
 * @returns {Choice[]}
 */
function choices(schema) {
  if (schema.enum) return schema.enum.map((/** @type {string} */ value) => ({ value, doc: '' }));
  return (schema.oneOf ?? []).flatMap((/** @type {any} */ one) => {
    const doc = one.description ?? '';
    if (one.const !== undefined) return [{ value: one.const, doc }];
    if (one.enum) return one.enum.map((/** @type {string} */ value) => ({ value, doc }));
    return Object.entries(one.properties ?? {}).map(([key, property]) => ({
      key,
      type: type(property),
      doc,
    }));
  });
}

/**
 * @param {any} schema
 * @returns {Type}
 */
export function type(schema) {
  if (schema.$ref) return { kind: 'named', name: schema.$ref.split('/').at(-1) };
  const either = schema.anyOf?.filter((/** @type {any} */ one) => one.type !== 'null');
  if (either?.length === 1) return { ...type(either[0]), nullable: true };
  const kinds = [schema.type].flat();
  const nullable = kinds.includes('null') ? { nullable: true } : {};
  switch (kinds.find((kind) => kind !== 'null')) {
    case 'boolean':
    case 'integer':
    case 'number':
    case 'string':
      return { kind: kinds.find((kind) => kind !== 'null'), ...nullable };
    case 'array':
      return { kind: 'list', item: type(schema.items ?? {}), ...nullable };
    case 'object':
      return { kind: 'map', item: type(schema.additionalProperties ?? {}), ...nullable };
    default:
      return { kind: 'any' };
  }
}
