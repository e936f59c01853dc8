// Writes the SDK's generated TypeScript: the policy as document and as effective policy, results, errors.
import { classesOf } from '../model.mjs';

/** @typedef {import('../model.mjs').Model} Model */
/** @typedef {import('../model.mjs').Definition} Definition */
/** @typedef {import('../model.mjs').Choice} Choice */
/** @typedef {import('../model.mjs').Type} Type */

const HEAD =
  '// GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`.\n';

/** @param {string} name */
const same = (name) => name;

/**
 * `Policy` (complete) and `PolicyDocument` (what one writes), with every type in them.
 * @param {Model} model
 */
export function policyTypes(model) {
  const documents = model.policy.filter((d) => d.fields);
  const structs = new Set(documents.map((d) => d.name));
  /** @param {string} name */
  const rename = (name) => (structs.has(name) ? `${name}Document` : name);
  return [
    HEAD,
    ...model.policy.map((d) => declaration(d, same, false)),
    ...documents.map((d) => declaration(d, rename, true)),
  ].join('\n');
}

/**
 * Usage, audit events, and results and errors as JSON.
 * @param {Model} model
 */
export function resultTypes(model) {
  const imports = "import type { ErrorCode, ErrorFamily } from './errors.js';\n";
  return [HEAD, imports, ...model.results.map((d) => declaration(d, same, true))].join('\n');
}

/**
 * The error codes, the family of each, the class of each family, the code of each limit.
 * @param {Model} model
 */
export function errorTypes({ codes, limits, errorClasses }) {
  const families = [...new Set(codes.map((c) => c.family))];
  return [
    HEAD,
    "import type { Limits } from './policy.js';\n",
    '/** What went wrong; the same in every language. */',
    `export type ErrorCode =\n${codes.map((c) => `  | '${c.code}'`).join('\n')};\n`,
    '/** The six families; each but `internal` has a class of its own. */',
    `export type ErrorFamily = ${families.map((f) => `'${f}'`).join(' | ')};\n`,
    '/** The family of each code. */',
    'export const errorFamilies: Readonly<Record<ErrorCode, ErrorFamily>> = {',
    ...codes.map((c) => `${comment([c.description, c.remedy], '  ')}  ${c.code}: '${c.family}',`),
    '};\n',
    '/** The name of each family’s class. */',
    'export const errorClassNames = {',
    ...families.map((f) => `  ${f}: '${classesOf(errorClasses, f).typescript}',`),
    '} as const satisfies Readonly<Record<ErrorFamily, string>>;\n',
    '/** The code that a breach of each limit ends in. */',
    'export const limitCodes: Readonly<Record<keyof Limits, ErrorCode>> = {',
    ...limits.map((limit) => `  ${limit.field}: '${limit.code}',`),
    '};\n',
  ].join('\n');
}

/**
 * @param {Definition} definition
 * @param {(name: string) => string} rename
 * @param {boolean} partial whether fields that need not be there are optional
 */
function declaration(definition, rename, partial) {
  const name = rename(definition.name);
  if (definition.choices) {
    const known = definition.choices.filter((choice) => choice.doc);
    const doc = comment([definition.doc, ...known.map((c) => `- ${label(c)}: ${c.doc}`)], '');
    const text = definition.choices.map((choice) =>
      'value' in choice
        ? `'${choice.value}'`
        : `{ ${choice.key}: ${typeText(choice.type, rename)} }`,
    );
    return `${doc}export type ${name} = ${text.join(' | ')};\n`;
  }
  const fields = (definition.fields ?? []).map((field) => {
    const optional = partial && !field.required ? '?' : '';
    const bounds = field.code && field.range ? `From ${field.range.join(' to ')}.` : '';
    const doc = comment([field.doc, bounds], '  ');
    return `${doc}  ${field.name}${optional}: ${typeText(field.type, rename)};`;
  });
  return `${comment([definition.doc], '')}export interface ${name} {\n${fields.join('\n')}\n}\n`;
}

/** @param {Choice} choice */
function label(choice) {
  return 'value' in choice ? `\`${choice.value}\`` : `\`${choice.key}\``;
}

/**
 * @param {string[]} given
 * @param {string} indent
 */
function comment(given, indent) {
  const lines = given
    .filter(Boolean)
    .map((text) => text.replaceAll('\n', ' ').replaceAll('*/', '* /'));
  if (lines.length === 0) return '';
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */\n`].join(
    '\n',
  );
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
  /** @param {Type | undefined} item */
  const inner = (item) => typeText(item ?? { kind: 'any' }, rename);
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
      return type.item?.nullable ? `(${inner(type.item)})[]` : `${inner(type.item)}[]`;
    case 'map':
      return `Record<string, ${inner(type.item)}>`;
    case 'any':
      return 'unknown';
  }
}
