// Writes the reference pages: every field of the policy with its default, every error code with its remedy.
import { classesOf } from '../model.mjs';

/** @typedef {import('../model.mjs').Model} Model */
/** @typedef {import('../model.mjs').Definition} Definition */
/** @typedef {import('../model.mjs').Field} Field */
/** @typedef {import('../model.mjs').Type} Type */

const HEAD =
  '<!-- GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`. -->\n';

/** @param {Model} model */
export function policyReference(model) {
  const intro =
    '# Policy reference\n\nEvery key of a policy document. A key may be left out unless it says "required"; what is not said comes from the preset. Unknown keys are errors, and so is a key that stands twice. Numbers are whole and at most 2^53-1.\n';
  return [HEAD, intro, presets(model), ...model.policy.map(section)].join('\n');
}

/** @param {Model} model */
export function errorReference({ codes, limits, errorClasses }) {
  const intro =
    '# Error reference\n\nPrograms read `code` and `details`; messages are for people. The family is the class of the error.\n';
  const families = [...new Set(codes.map((c) => c.family))];
  return [
    HEAD,
    intro,
    table(
      ['code', 'family', 'what happened', 'what to do'],
      codes.map((c) => [`\`${c.code}\``, c.family, c.description, c.remedy]),
    ),
    '## Classes\n',
    table(
      ['family', 'TypeScript', 'Python', 'Go'],
      families.map((family) => {
        const { typescript, python, go } = classesOf(errorClasses, family);
        return [family, `\`${typescript}\``, `\`${python}\``, `\`*${go}\``];
      }),
    ),
    '## Limits\n\nThe code that a breach of each limit ends in; `details` is `{field, limit, used}`.\n',
    table(
      ['field', 'code'],
      limits.map((limit) => [`\`${limit.field}\``, `\`${limit.code}\``]),
    ),
  ].join('\n');
}

/** What the presets say differently. @param {Model} model */
function presets({ presets }) {
  const rows = paths(presets[0])
    .map((path) => [path, ...presets.map((preset) => JSON.stringify(at(preset, path)))])
    .filter(([path, ...values]) => path !== 'preset' && new Set(values).size > 1)
    .map(([path, ...values]) => [`\`${path}\``, ...values.map((value) => `\`${value}\``)]);
  const names = presets.map((/** @type {any} */ preset) => preset.preset);
  return `## Presets\n\nWhere they differ; everything else is as the defaults below.\n\n${table(['field', ...names], rows)}`;
}

/** @param {any} value @param {string} [base] @returns {string[]} */
function paths(value, base = '') {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [base];
  return Object.keys(value).flatMap((key) => paths(value[key], base ? `${base}.${key}` : key));
}

/** @param {any} value @param {string} path */
function at(value, path) {
  return path.split('.').reduce((inner, key) => inner?.[key], value);
}

/** @param {Definition} definition */
function section({ name, doc, fields, choices }) {
  const head = `## ${name}\n\n${doc}\n\n`;
  if (choices) {
    const rows = choices.map((choice) => [
      'value' in choice ? `\`"${choice.value}"\`` : `\`{"${choice.key}": ${words(choice.type)}}\``,
      choice.doc,
    ]);
    return head + table(['value', 'meaning'], rows);
  }
  const limits = (fields ?? []).some((field) => field.code);
  const titles = ['field', 'type', 'default', ...(limits ? ['range', 'code'] : []), 'meaning'];
  const rows = (fields ?? []).map((field) => [
    `\`${field.name}\``,
    words(field.type),
    given(field),
    ...(limits ? [field.range ? field.range.join(' to ') : '', `\`${field.code}\``] : []),
    field.doc,
  ]);
  return head + table(titles, rows);
}

/** @param {Field} field */
function given(field) {
  if (field.required) return 'required';
  const text = JSON.stringify(field.default);
  return text === undefined || text.length > 40 ? '' : `\`${text}\``;
}

/** @param {Type} type @returns {string} */
function words(type) {
  const item = type.item ? words(type.item) : '';
  const text = { named: type.name ?? '', list: `list of ${item}`, map: `map of ${item}` };
  const known = /** @type {Record<string, string>} */ (text)[type.kind] ?? type.kind;
  return type.nullable ? `${known} or null` : known;
}

/** @param {string[]} titles @param {string[][]} rows */
export function table(titles, rows) {
  /** @param {string[]} cells */
  const line = (cells) =>
    `| ${cells.map((text) => text.replaceAll('\n', ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), `|${titles.map(() => '---|').join('')}`, ...rows.map(line), ''].join('\n');
}
