// Writes Go's structs: results and reports, settings, limits, and the error types of the families.
import { classesOf } from '../../model.mjs';
import { comment, exported, file, goType, idiom, snake } from './names.mjs';

/** @typedef {import('../../model.mjs').Model} Model */
/** @typedef {import('../../model.mjs').Field} Field */
/** @typedef {import('../../api.mjs').Api} Api */
/** @typedef {import('../../api-types.mjs').ApiType} ApiType */
/** @typedef {{ name: string, doc: string, type: ApiType }} Member */

/**
 * A struct; objects without a name of their own become structs named after where they stand.
 * @param {string} name
 * @param {string} doc
 * @param {Member[]} members
 * @returns {string}
 */
export function struct(name, doc, members) {
  /** @type {string[]} */
  const inner = [];
  const fields = members.map((member) => {
    const own = exported(member.name, name);
    const type = typeOf(name, own, member, inner);
    return `${comment(own, member.doc, '\t')}\n\t${own} ${type} \`json:"${snake(member.name)}"\``;
  });
  return [`${comment(name, doc)}\ntype ${name} struct {\n${fields.join('\n\n')}\n}`, ...inner].join(
    '\n\n',
  );
}

/** @param {string} name @param {string} own @param {Member} member @param {string[]} inner @returns {string} */
function typeOf(name, own, { name: key, type }, inner) {
  const object =
    type.kind === 'object'
      ? type
      : type.kind === 'list' && type.item?.kind === 'object'
        ? type.item
        : undefined;
  if (!object) return goType(type, `${name}.${key}`);
  const made = name + own;
  const members = (object.fields ?? []).map((field) => ({ ...field, doc: '' }));
  inner.push(struct(made, `An entry of ${name}.${own}`, members));
  return type.kind === 'list' ? `[]${made}` : made;
}

const results = [
  'RunResult',
  'ExecutionRecord',
  'AuditResult',
  'FunctionCall',
  'ModuleExport',
  'ModuleImport',
  'ModuleReport',
  'DoctorReport',
  'PackStatus',
  'Settings',
  'PoolStats',
];

/** What operations take and give. @param {Model} model @param {Api} api */
export function resultStructs(model, api) {
  const usage = model.results.find((one) => one.name === 'Usage');
  if (!usage?.fields) throw new Error('the schemas have no Usage');
  const options = /Options$/;
  const known = new Set([...results, 'PackageFiles', ...model.results.map((one) => one.name)]);
  const unknown = api.interfaces.find(({ name }) => !known.has(name) && !options.test(name));
  if (unknown) throw new Error(`${unknown.name}: an interface for which Go has no place`);
  const parts = [
    struct('ResourceStats', usage.doc, usage.fields.map(fromSchema)),
    '// Usage is what one run used.\ntype Usage = ResourceStats',
    ...results.map((name) => {
      const found = api.interfaces.find((one) => one.name === name);
      if (!found) throw new Error(`the API has no ${name}`);
      return struct(name, found.doc, found.fields);
    }),
  ];
  return file('sandbox', parts.join('\n\n'));
}

/** A field of the schemas in the API's terms; whole numbers are wide. @param {Field} field @returns {Member} */
function fromSchema({ name, doc, type }) {
  if (type.kind === 'integer' || type.kind === 'number') {
    const bytes = { kind: /** @type {const} */ ('named'), name: 'Bytes' };
    return {
      name,
      doc,
      type: type.nullable ? { kind: 'union', items: [bytes, { kind: 'null' }] } : bytes,
    };
  }
  return { name, doc, type: { kind: type.kind === 'boolean' ? 'boolean' : 'string' } };
}

/** The limits of a policy. @param {Model} model */
export function limits(model) {
  const found = model.policy.find((one) => one.name === 'Limits');
  if (!found?.fields) throw new Error('the schemas have no Limits');
  const members = found.fields.map((field) =>
    fromSchema({ ...field, type: { ...field.type, nullable: false } }),
  );
  const doc = `${found.doc} A field that is zero overrides nothing; NoLimit stands for "no limit" where that is allowed.`;
  return struct('Limits', doc, members);
}

/** The error types of the package sandbox, and the codes. @param {Model} model */
export function errorTypes(model) {
  const codes = model.codes.map(
    ({ code, description }) =>
      `${comment(`Code${exported(camel(code))}`, description)}\nconst Code${exported(camel(code))} = "${code}"`,
  );
  const families = [...new Set(model.codes.map((one) => one.family))];
  const own = families.filter((family) => !['internal', 'security'].includes(family));
  const types = own.map((family) => {
    const name = classesOf(model.errorClasses, family).go.replace('sandbox.', '');
    const list = model.codes.filter((one) => one.family === family).map((one) => one.code);
    return [
      `// ${name} is an error of the family ${family}: ${list.join(', ')}.\ntype ${name} struct {`,
      '\t// Code says what went wrong; the same in every language.\n\tCode string\n',
      '\t// Message is for people.\n\tMessage string\n',
      '\t// Details are facts for programs; which ones depends on the code.\n\tDetails map[string]any\n',
      '\t// Result is what a failed run had produced; nil when there is none.\n\tResult *RunResult\n',
      '\tbase *Error\n}\n',
      `// Error is the message.\nfunc (e *${name}) Error() string { return e.Message }\n`,
      `// Unwrap gives the same as an *Error, and with it the error of a context that ended.\nfunc (e *${name}) Unwrap() error { return e.base }`,
    ].join('\n');
  });
  const cases = own.map((family) => {
    const name = classesOf(model.errorClasses, family).go.replace('sandbox.', '');
    return `\tcase "${family}":\n\t\treturn &${name}{Code: e.Code, Message: e.Message, Details: e.Details, Result: e.Result, base: e}`;
  });
  const switched = `// ofFamily gives the error its family's type.\nfunc (e *Error) ofFamily(family string) error {\n\tswitch family {\n${cases.join('\n')}\n\t}\n\treturn e\n}`;
  return file('sandbox', [...codes, ...types, switched].join('\n\n'));
}

/** @param {string} code */
const camel = (code) => code.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** The options of a capability. @param {string} name @param {string} doc @param {Member[]} members */
export const optionStruct = (name, doc, members) =>
  struct(
    name,
    doc,
    members.map((member) => ({ ...member, type: plain(member.type) })),
  );

/** Without null: in these structs zero means "not given". @param {ApiType} type @returns {ApiType} */
function plain(type) {
  const items = (type.items ?? []).filter((item) => item.kind !== 'null');
  return type.kind === 'union' && items.length === 1 ? /** @type {ApiType} */ (items[0]) : type;
}

export const isSkipped = (/** @type {string} */ name) => idiom.skip.includes(name);
