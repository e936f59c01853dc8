// Writes the reference of the API, the three languages side by side: every class, method, function, option and
// result. Names and types come from what each language's writers write; only the order and the headings are its own.
import { classesOf } from '../model.mjs';
import { table } from './markdown.mjs';
import { schemaRecord } from './python/data.mjs';
import { Go } from './reference/go.mjs';
import { Python } from './reference/python.mjs';
import { tsSignature, tsType } from './reference/typescript.mjs';

/** @typedef {import('../model.mjs').Model} Model */
/** @typedef {import('../api.mjs').Api} Api */
/** @typedef {import('../api.mjs').ApiClass} ApiClass */
/** @typedef {import('../api.mjs').ApiInterface} ApiInterface */
/** @typedef {import('../api.mjs').Callable} Callable */
/** @typedef {{ python: Python, go: Go }} Languages */

const INTRO = `<!-- GENERATED from packages/sdk/src and core/schema by packages/codegen; run \`npm run generate\`. -->

# API reference

What TypeScript, Python and Go offer, side by side; TypeScript is the reference. Policy fields are in the [policy reference](policy.md), error codes and their classes in the [error reference](errors.md).

- **Times** are milliseconds in TypeScript, seconds in Python, \`time.Duration\` in Go. Keys of policy documents and limits are the same everywhere, in milliseconds and bytes.
- **Waiting.** TypeScript returns promises, and a method whose name ends in \`Sync\` works on the caller's thread. Python has coroutines in \`wasm_sandbox\`; \`wasm_sandbox.sync\` has the same names without \`await\`. In Go every call blocks its goroutine.
- **Cancelling.** TypeScript takes a \`signal\`, Python cancels the task (or takes \`cancel=CancelToken()\` in \`wasm_sandbox.sync\`), Go ends the context.
- **Closing.** \`dispose\`, or \`await using\` in TypeScript, \`async with\` and \`with\` in Python, \`defer sb.Close()\` in Go.
- **Not given** is \`undefined\` or \`null\`, \`None\`, or in Go an option that is left out.
`;

const columns = ['TypeScript', 'Python', 'Go', 'meaning'];

/** @param {Model} model @param {Api} api @returns {string} */
export function apiReference(model, api) {
  const languages = { python: new Python(api, model), go: new Go(api, model) };
  const errors = new Set(Object.values(model.errorClasses).map((one) => one.typescript));
  const isOptions = (/** @type {ApiInterface} */ { name }) => /Options$|^Settings$/.test(name);
  const data = [
    ...api.interfaces.filter((one) => !isOptions(one)),
    ...[...model.results, ...model.policy.filter(({ name }) => name === 'Limits')]
      .filter((one) => one.fields && !/Document$/.test(one.name))
      .map(schemaRecord),
  ];
  return [
    INTRO,
    '## Functions\n',
    ...api.functions.flatMap((one) => callable(one, api.functions, languages)),
    ...api.classes
      .filter(({ name }) => !errors.has(name))
      .flatMap((one) => classSection(one, languages)),
    '## Errors\n',
    errorClasses(model, api, languages),
    '## Options\n\nIn Python keyword arguments, in Go functions of the package `sandbox` (or fields of a struct, where the signature asks for one).\n',
    ...api.interfaces.filter(isOptions).map((one) => optionTable(one, api, languages)),
    '## Results and other data\n\nA name in quotes is a key of a map.\n',
    ...data.map((one) => dataTable(one, languages)),
    '## Types with a name\n',
    aliases(api, languages),
  ].join('\n');
}

/** @param {ApiClass} owner @param {Languages} languages */
function classSection(owner, languages) {
  const base = owner.extends
    ? ` Has everything that [${owner.extends}](#${anchor(owner.extends)}) has.`
    : '';
  const head = `## ${owner.name}\n\n${prose(owner.doc)}${base}\n`;
  return [head, ...owner.members.flatMap((one) => callable(one, owner.members, languages, owner))];
}

/**
 * One member or function; what does the same on the caller's thread stands beside it.
 * @param {Callable} one @param {Callable[]} all @param {Languages} languages @param {ApiClass} [owner]
 * @returns {string[]}
 */
function callable(one, all, { python, go }, owner) {
  if (all.some((other) => one.name === `${other.name}Sync`)) return [];
  const sync = all.find((other) => other.name === `${one.name}Sync`);
  const forms = [
    ['ts', [one, ...(sync ? [sync] : [])].map((each) => tsSignature(each, owner?.name)).join('\n')],
    ['python', owner ? python.member(owner, one) : python.function(one)],
    ['go', owner ? go.member(owner.name, one) : go.function(one)],
  ];
  const blocks = forms.map(([language, text]) => text && `\`\`\`${language}\n${text}\n\`\`\`\n`);
  const missing = [!forms[1]?.[1] && 'Python', !forms[2]?.[1] && 'Go'].filter(Boolean);
  return [
    `### ${owner ? `${owner.name}.` : ''}${one.name}\n`,
    ...(one.doc ? [`${prose(one.doc)}\n`] : []),
    ...blocks.filter((text) => text !== undefined),
    ...(missing.length > 0 ? [`Not in ${missing.join(' and ')}.\n`] : []),
    ...(one.throws ? [`**Errors**: ${prose(one.throws)}\n`] : []),
  ];
}

/** The families' classes, and what all of them have. @param {Model} model @param {Api} api @param {Languages} languages */
function errorClasses(model, api, { python, go }) {
  const families = [...new Set(model.codes.map((one) => one.family))];
  const rows = families.map((family) => {
    const { typescript, python, go } = classesOf(model.errorClasses, family);
    const doc = api.classes.find((one) => one.name === typescript)?.doc ?? '';
    return [`\`${typescript}\``, `\`${python}\``, `\`*${go}\``, prose(doc)];
  });
  const base = classesOf(model.errorClasses, 'internal').typescript;
  const fields = api.classes.find(({ name }) => name === base)?.fields ?? [];
  const all = fields.map((one) => row(one, python.attribute(one.name), go.field(base, one.name)));
  return [
    table(columns, rows),
    `Each of them has, beside its message:\n`,
    table(columns, all),
  ].join('\n');
}

/** @param {ApiInterface} options @param {Api} api @param {Languages} languages */
function optionTable(options, api, { python, go }) {
  const user = api.functions.find((one) =>
    one.params.some(({ type }) => type.name === options.name),
  );
  const signature = user && go.function(user);
  const rows = options.fields.map((field) => {
    const parameter = new RegExp(`\\b${field.name} [^,)]+`).exec(signature ?? '')?.[0];
    const inGo = go.isLeftOut(options.name, field.name)
      ? undefined
      : (go.field(options.name, field.name) ?? go.option(field.name) ?? parameter);
    return row(field, python.option(field, options.name), inGo);
  });
  return section(options, rows);
}

/** @param {Pick<ApiInterface, 'name' | 'doc' | 'fields'>} data @param {Languages} languages */
function dataTable(data, { python, go }) {
  const rows = data.fields.map((field) =>
    row(
      field,
      python.field(data.name, field.name),
      go.field(data.name, field.name) ?? `"${field.name}"`,
    ),
  );
  return section(data, rows);
}

/** @param {{ name: string, doc: string }} one @param {string[][]} rows */
const section = ({ name, doc }, rows) => `### ${name}\n\n${prose(doc)}\n\n${table(columns, rows)}`;

/** @param {import('../api.mjs').ApiField} field @param {string | undefined} python @param {string | undefined} go */
function row({ name, type, optional, doc }, python, go) {
  const own = `${name}${optional ? '?' : ''}: ${tsType(type)}`;
  const code = (/** @type {string | undefined} */ text) => (text ? `\`${text}\`` : '');
  return [code(own), code(python), code(go), prose(doc)];
}

/** @param {Api} api @param {Languages} languages */
function aliases(api, { python, go }) {
  const rows = api.aliases.map(({ name, type, doc }) => [
    `\`${name}\``,
    `\`${tsType(type)}\``,
    `\`${python.alias(name) ?? python.types.annotation({ kind: 'named', name })}\``,
    `\`${go.type(name)}\``,
    prose(doc),
  ]);
  return table(['name', 'TypeScript', 'Python', 'Go', 'meaning'], rows);
}

/** @param {string} doc */
const prose = (doc) =>
  doc
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s*\n\s*/g, ' ')
    .trim();

/** @param {string} name */
const anchor = (name) => name.toLowerCase();
