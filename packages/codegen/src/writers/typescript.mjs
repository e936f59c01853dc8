// Writes the SDK's generated TypeScript: the policy as document and as effective policy, results, errors.
/** @typedef {import('../model.mjs').Model} Model */
/** @typedef {import('../model.mjs').Definition} Definition */
/** @typedef {import('../model.mjs').Type} Type */

const HEAD =
  '// GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`.\n';

/**
 * `Policy` (complete) and `PolicyDocument` (what one writes), with every type in them.
 * @param {Model} model
 */
export function policyTypes(model) {
  const documents = model.policy.filter((d) => d.fields);
  return [
    HEAD,
    ...model.policy.map((d) => declaration(d, (name) => name, false)),
    ...documents.map((d) => declaration(d, documentName(model), true)),
  ].join('\n');
}

/**
 * Usage and audit events.
 * @param {Model} model
 */
export function resultTypes(model) {
  return [HEAD, ...model.results.map((d) => declaration(d, (name) => name, false))].join('\n');
}

/**
 * The error codes and the family of each.
 * @param {Model} model
 */
export function errorTypes({ codes }) {
  const families = [...new Set(codes.map((c) => c.family))];
  return [
    HEAD,
    '/** What went wrong; the same in every language. */',
    `export type ErrorCode =\n${codes.map((c) => `  | '${c.code}'`).join('\n')};\n`,
    '/** The six families; each but `internal` has a class of its own. */',
    `export type ErrorFamily = ${families.map((f) => `'${f}'`).join(' | ')};\n`,
    '/** The family of each code. */',
    'export const errorFamilies: Readonly<Record<ErrorCode, ErrorFamily>> = {',
    ...codes.map((c) => `  /** ${c.description} ${c.remedy} */\n  ${c.code}: '${c.family}',`),
    '};\n',
  ].join('\n');
}

/**
 * Names of document forms: the whole is `PolicyDocument`, its parts `…Document`.
 * @param {Model} model
 */
function documentName(model) {
  const structs = new Set(model.policy.filter((d) => d.fields).map((d) => d.name));
  return (/** @type {string} */ name) => (structs.has(name) ? `${name}Document` : name);
}

/**
 * @param {Definition} definition
 * @param {(name: string) => string} rename
 * @param {boolean} partial
 */
function declaration(definition, rename, partial) {
  const name = rename(definition.name);
  const doc = comment(definition.doc, '');
  if (!definition.fields) {
    const choices = (definition.choices ?? []).map((choice) =>
      'value' in choice
        ? `'${choice.value}'`
        : `{ ${choice.key}: ${typeText(choice.type, rename)} }`,
    );
    return `${doc}export type ${name} = ${choices.join(' | ')};\n`;
  }
  const fields = definition.fields.map((field) => {
    const optional = partial && !field.required ? '?' : '';
    return `${comment(field.doc, '  ')}  ${field.name}${optional}: ${typeText(field.type, rename)};`;
  });
  return `${doc}export interface ${name} {\n${fields.join('\n')}\n}\n`;
}

/**
 * @param {string} text
 * @param {string} indent
 */
function comment(text, indent) {
  return text ? `${indent}/** ${text.replaceAll('\n', ' ').replaceAll('*/', '* /')} */\n` : '';
}

/**
 * @param {Type} type
 * @param {(name: string) => string} rename
 * @returns {string}
 */
function typeText(type, rename) {
  const text = bare(type, rename);
  return type.nullable ? `${text} | null` : text;
}

/**
 * @param {Type} type
 * @param {(name: string) => string} rename
 * @returns {string}
 */
function bare(type, rename) {
  switch (type.kind) {
    case 'boolean':
    case 'string':
      return type.kind;
    case 'integer':
    case 'number':
      return 'number';
    case 'named':
      return rename(type.name ?? 'unknown');
    case 'list':
      return `${typeText(type.item ?? { kind: 'any' }, rename)}[]`;
    case 'map':
      return `Record<string, ${typeText(type.item ?? { kind: 'any' }, rename)}>`;
    default:
      return 'unknown';
  }
}
