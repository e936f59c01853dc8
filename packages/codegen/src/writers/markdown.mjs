// Writes the reference pages: every field of the policy with its default, every error code with its remedy.
/** @typedef {import('../model.mjs').Model} Model */
/** @typedef {import('../model.mjs').Type} Type */

const HEAD =
  '<!-- GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`. -->\n';

/** @param {Model} model */
export function policyReference(model) {
  const parts = model.policy.map((d) => {
    const head = `## ${d.name}\n\n${d.doc}\n`;
    if (!d.fields) {
      const choices = (d.choices ?? []).map((choice) =>
        'value' in choice
          ? `| \`"${choice.value}"\` | ${cell(choice.doc)} |`
          : `| \`{"${choice.key}": …}\` | ${cell(choice.doc)} |`,
      );
      return `${head}\n| value | meaning |\n|---|---|\n${choices.join('\n')}\n`;
    }
    const rows = d.fields.map((f) => {
      const given = 'default' in f ? `\`${short(f.default)}\`` : f.required ? 'required' : '';
      return `| \`${f.name}\` | ${words(f.type)} | ${given} | ${cell(f.doc)} |`;
    });
    return `${head}\n| field | type | default (strict) | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  const intro =
    '# Policy reference\n\nEvery key of a policy document. All keys are optional unless marked; what is not said comes from the preset.\n';
  return [HEAD, intro, ...parts].join('\n');
}

/** @param {Model} model */
export function errorReference({ codes }) {
  const rows = codes.map(
    (c) => `| \`${c.code}\` | ${c.family} | ${cell(c.description)} | ${cell(c.remedy)} |`,
  );
  const intro =
    '# Error reference\n\nPrograms read `code` and `details`; messages are for people. The family is the class of the error.\n';
  return [
    HEAD,
    intro,
    '| code | family | what happened | what to do |\n|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** @param {Type} type @returns {string} */
function words(type) {
  const item = type.item ? words(type.item) : '';
  const text = { named: type.name ?? '', list: `list of ${item}`, map: `map of ${item}` };
  const known = /** @type {Record<string, string>} */ (text)[type.kind] ?? type.kind;
  return type.nullable ? `${known} or null` : known;
}

/** @param {unknown} value */
function short(value) {
  const text = JSON.stringify(value);
  return text.length > 40 ? '…' : text;
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll('\n', ' ').replaceAll('|', '\\|');
}
