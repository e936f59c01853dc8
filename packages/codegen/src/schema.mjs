// Owns the reading of JSON Schema as schemars writes it: definitions, fields, choices, references.
/** @typedef {import('./model.mjs').Type} Type */
/** @typedef {import('./model.mjs').Field} Field */
/** @typedef {import('./model.mjs').Choice} Choice */
/** @typedef {import('./model.mjs').Definition} Definition */

/**
 * A root schema's types by name, from the whole to its parts.
 * @param {string} title
 * @param {any} root
 * @returns {Record<string, any>}
 */
export function reading(title, root) {
  /** @type {Record<string, any>} */
  const found = { [title]: root };
  const queue = [title];
  for (const name of queue) {
    const { $defs, ...own } = found[name];
    for (const [, next = ''] of JSON.stringify(own).matchAll(/"#\/\$defs\/(\w+)"/g)) {
      if (next in found) continue;
      found[next] = root.$defs[next];
      queue.push(next);
    }
  }
  return found;
}

/**
 * @param {Record<string, any>} named
 * @returns {Definition[]}
 */
export function definitions(named) {
  return Object.entries(named)
    .filter(([, schema]) => !isUnion(schema))
    .map(([name, schema]) => definition(name, schema));
}

/** A choice by `type` between objects; made by an API, which has a class of its own for it. @param {any} schema */
function isUnion(schema) {
  return schema.oneOf?.every((/** @type {any} */ one) => one.properties?.type?.const !== undefined);
}

/**
 * @param {string} name
 * @param {any} schema
 * @returns {Definition}
 */
function definition(name, schema) {
  const doc = schema.description ?? '';
  if (!schema.properties) return { name, doc, choices: choices(name, schema) };
  const required = schema.required ?? [];
  const optional = Object.keys(schema.properties).filter((key) => !required.includes(key));
  const fields = [...required, ...optional].map((key) =>
    field(key, schema.properties[key], required.includes(key)),
  );
  return { name, doc, fields };
}

/**
 * @param {string} name
 * @param {any} schema
 * @param {boolean} required
 * @returns {Field}
 */
function field(name, schema, required) {
  /** @type {Field} */
  const made = { name, doc: schema.description ?? '', type: type(schema, name), required };
  if (schema.default !== undefined) made.default = schema.default;
  if (schema.maximum !== undefined) made.range = [schema.minimum, schema.maximum];
  return made;
}

/**
 * @param {string} name
 * @param {any} schema
 * @returns {Choice[]}
 */
function choices(name, schema) {
  if (schema.enum) return schema.enum.map((/** @type {string} */ value) => ({ value, doc: '' }));
  if (!schema.oneOf) throw new Error(`${name}: a definition that is neither object nor choice`);
  return schema.oneOf.flatMap((/** @type {any} */ one) => {
    const doc = one.description ?? '';
    if (one.const !== undefined) return [{ value: one.const, doc }];
    if (one.enum) return one.enum.map((/** @type {string} */ value) => ({ value, doc }));
    return Object.entries(one.properties).map(([key, property]) => ({
      key,
      type: type(property, name),
      doc,
    }));
  });
}

/**
 * @param {any} schema
 * @param {string} where for the message of what is not known
 * @returns {Type}
 */
export function type(schema, where) {
  if (schema === true || Object.keys(schema).every((key) => key === 'description'))
    return { kind: 'any' };
  if (schema.$ref) return { kind: 'named', name: schema.$ref.split('/').at(-1) };
  const either = schema.anyOf?.filter((/** @type {any} */ one) => one.type !== 'null');
  if (either?.length === 1) return { ...type(either[0], where), nullable: true };
  const kinds = [schema.type].flat();
  const nullable = kinds.includes('null') ? { nullable: true } : {};
  const kind = kinds.find((one) => one !== 'null');
  switch (kind) {
    case 'boolean':
    case 'integer':
    case 'number':
    case 'string':
      return { kind, ...nullable };
    case 'array':
      return { kind: 'list', item: type(schema.items, where), ...nullable };
    case 'object':
      return { kind: 'map', item: type(schema.additionalProperties, where), ...nullable };
    default:
      throw new Error(`${where}: the generator does not know ${JSON.stringify(schema)}`);
  }
}
