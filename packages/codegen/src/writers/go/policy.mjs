// Writes Go's package security: presets, the policy's methods and builder, capabilities, limits, its error.

import { classOf } from './methods.mjs';
import { comment, crossing, exported, file, goType, idiom, local } from './names.mjs';
import { isSkipped, limits, optionStruct } from './structs.mjs';

/** @typedef {import('../../model.mjs').Model} Model */
/** @typedef {import('../../api.mjs').Api} Api */
/** @typedef {import('../../api.mjs').Callable} Callable */

/** @param {string} text */
const local0 = (text) => text.replaceAll('security.', '');

/** @param {Model} model @param {Api} api */
export function policies(model, api) {
  const policy = classOf(api, 'SecurityPolicy');
  const presets = policy.members
    .filter((one) => one.static && one.params.length === 0 && one.returns.name === 'SecurityPolicy')
    .map(
      ({ name, doc }) =>
        `${comment(`${exported(name)}Policy`, doc)}\nfunc ${exported(name)}Policy() *Policy { return policyOf("SecurityPolicy.${name}", nil) }`,
    );
  const builder = classOf(api, 'SecurityPolicyBuilder');
  const others = policy.members.filter(
    (one) =>
      !isSkipped(one.name) &&
      !idiom.byHand.includes(`SecurityPolicy.${one.name}`) &&
      !(one.static && one.params.length === 0),
  );
  const body = [
    ...presets,
    ...others.map(member),
    `${comment('PolicyBuilder', builder.doc)}\ntype PolicyBuilder struct{ steps }`,
    ...builder.members
      .filter((one) => one.returns.kind === 'this' && !isSkipped(one.name))
      .map(step),
    ...capabilities(api),
    `// loosened names the field that takes back what another one demands by default.\nvar loosened = map[string]string{${Object.entries(
      idiom.loosened,
    )
      .map(([name, { by }]) => `"${name}": "${by}"`)
      .join(', ')}}`,
    limits(model),
  ];
  return file('security', body.join('\n\n'));
}

/** A member of the policy itself. What reads a document tells at once what is wrong with it. @param {Callable} member */
function member({ name: operation, doc, static: isFree, params, returns }) {
  const name = exported(operation, 'SecurityPolicy');
  const list = params.map(
    (one) =>
      `${local(one.name)} ${local0(goType(one.type, `SecurityPolicy.${operation}.${one.name}`))}`,
  );
  const own = isFree ? [] : ['"this": p'];
  const given = [
    ...own,
    ...params.map((one) => `"${one.name}": ${crossing(one.type, local(one.name))}`),
  ];
  const call = `"SecurityPolicy.${operation}", core.Params{${given.join(', ')}}`;
  const head = `${comment(name, doc)}\nfunc ${isFree ? '' : '(p *Policy) '}${name}(${list.join(', ')})`;
  const type = local0(goType(returns));
  if (isFree) return `${head} (*Policy, error) {\n\tp := policyOf(${call})\n\treturn p, p.err\n}`;
  if (type === '*Policy') return `${head} *Policy {\n\treturn policyOf(${call})\n}`;
  return `${head} (${type}, error) {\n\treturn ask[${type}](${call})\n}`;
}

/** @param {Callable} member */
function step(member) {
  const name = exported(member.name);
  const { drop = [], flat = {}, types = {} } = idiom.policyBuilder[member.name] ?? {};
  /** @type {string[]} */
  const list = [];
  /** @type {string[]} */
  const params = [];
  for (const one of member.params.filter((given) => !drop.includes(given.name))) {
    if (flat[one.name]) {
      list.push(...flat[one.name].map((/** @type {string} */ key) => `${key} bool`));
      params.push(
        `"${one.name}": map[string]any{${flat[one.name].map((/** @type {string} */ key) => `"${key}": ${key}`).join(', ')}}`,
      );
      continue;
    }
    list.push(
      `${local(one.name)} ${types[one.name] ?? local0(goType(one.type)).replace(/^\*int/, 'int')}`,
    );
    params.push(`"${one.name}": ${crossing(one.type, local(one.name))}`);
  }
  return `${comment(name, member.doc)}\nfunc (pb *PolicyBuilder) ${name}(${list.join(', ')}) *PolicyBuilder {\n\treturn pb.step("${member.name}", core.Params{${params.join(', ')}})\n}`;
}

/**
 * A field that is true by default has another one beside it that loosens it: what is false in Go may never have been
 * written down.
 * @param {import('../../api.mjs').ApiField} field
 */
function loosened(field) {
  const { by, doc } = idiom.loosened[field.name] ?? {};
  if (!by) return [field];
  /** @type {import('../../api-types.mjs').ApiType} */
  const type = { kind: 'boolean' };
  return [field, { ...field, name: by, doc, type }];
}

/** @param {Api} api */
function capabilities(api) {
  return classOf(api, 'Capability')
    .members.filter((one) => one.static)
    .flatMap((member) => {
      const name = exported(member.name);
      const [first, options] = member.params;
      if (!first) throw new Error(`Capability.${member.name} takes nothing`);
      const fields = options
        ? (api.interfaces.find((one) => one.name === options.type.name)?.fields ?? [])
        : [];
      const all = [{ name: first.name, doc: '', type: first.type }, ...fields.flatMap(loosened)];
      return [
        optionStruct(
          `${name}Options`,
          `What ${name} grants. Numbers and lists that are zero are not given`,
          all,
        ),
        `${comment(name, member.doc)}\nfunc ${name}(options ${name}Options) Capability {\n\treturn capability{operation: "Capability.${member.name}", first: "${first.name}", options: options}\n}`,
      ];
    });
}
