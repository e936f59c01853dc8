// Owns the Python package's plain data: dataclasses of what comes back, TypedDicts of documents, aliases, and the
// exception classes of the families. Methods are in `classes.mjs`.
import { classesOf } from '../../model.mjs';
import { docstring, snake } from './names.mjs';

/** @typedef {import('./types.mjs').Types} Types */
/** @typedef {import('../../api.mjs').ApiType} ApiType */
/** @typedef {import('../../model.mjs').Definition} Definition */
/** @typedef {{ name: string, type: ApiType, optional: boolean, doc: string }} DataField */

export const HEAD =
  '# GENERATED from packages/sdk/src and core/schema by packages/codegen; run `npm run generate`.\n';

/** Units and what stands for a class or a mechanism of the language; not types of their own. */
const units = new Set(['Bytes', 'Milliseconds']);

/** @param {Types} types */
export function typesModule(types) {
  const { api, model } = types;
  const back = types.comesBack();
  const results = model.results.filter(({ name }) => !/Document$/.test(name));
  const limits = model.policy.filter(({ name }) => name === 'Limits');
  const records = [
    ...[...results, ...limits].filter((one) => one.fields).map(schemaRecord),
    ...api.interfaces.filter(({ name }) => back.has(name)),
  ];
  const written = records.map((one) => dataclass(types, one));
  // Writing a record finds those without names in it, and so on.
  for (let known = 0; known < types.unnamed.size; ) {
    const more = [...types.unnamed].slice(known);
    known = types.unnamed.size;
    for (const [name, fields] of more) {
      const made = fields.map((one) => ({ ...one, doc: '' }));
      written.unshift(dataclass(types, { name, doc: 'Part of what comes back.', fields: made }));
    }
  }
  const taken = new Set(['Settings', ...optionNames(types)]);
  const inputs = api.interfaces.filter(({ name }) => !back.has(name) && !taken.has(name));
  const choices = [...model.results, ...model.policy].filter((one) => one.choices);
  const parts = [
    errorLiterals(model),
    choices.map(choice).join('\n'),
    model.policy
      .filter((one) => one.fields)
      .map((one) => document(one, `${one.name}Document`))
      .join('\n'),
    document({ .../** @type {Definition} */ (limits[0]), doc: overrides }, 'LimitOverrides'),
    inputs.map((one) => typedDict(types, one)).join('\n'),
    api.aliases
      .filter(({ name }) => !units.has(name) && name !== 'LimitOverrides')
      .map((one) => alias(types, one))
      .join('\n'),
    written.join('\n\n'),
  ];
  const names = [...parts.join('\n').matchAll(/^(?:class ([A-Z]\w*)|([A-Z]\w*): TypeAlias)/gm)].map(
    (found) => found[1] ?? found[2],
  );
  return `${HEAD}from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from .._errors import SandboxError, from_document

if TYPE_CHECKING:
    from .shared import SecurityPolicy

__all__ = [${names
    .sort()
    .map((one) => `"${one}"`)
    .join(', ')}]

${parts.join('\n\n')}`;
}

const overrides =
  'Limits that override others, by their names in the policy document; None where it means "no limit".';

/** Interfaces that are keyword arguments. @param {Types} types */
function optionNames(types) {
  /** @type {string[]} */
  const found = [];
  const visit = (/** @type {ApiType} */ type) => {
    for (const one of [...(type.items ?? []), ...(type.args ?? [])]) visit(one);
    if (types.interfaces.has(type.name ?? '')) found.push(type.name ?? '');
  };
  const callables = [...types.api.functions, ...types.api.classes.flatMap((one) => one.members)];
  for (const one of callables.flatMap((each) => each.params))
    if (one.name === 'options') visit(one.type);
  return found;
}

/** A definition of the schema as an interface of the API. @param {Definition} definition */
export function schemaRecord(definition) {
  const fields = (definition.fields ?? []).map((field) => ({
    name: field.name,
    doc: field.doc,
    optional: false,
    readonly: true,
    type: schemaType(field.type),
  }));
  return { name: definition.name, doc: definition.doc, fields };
}

/** @param {import('../../model.mjs').Type} type @returns {ApiType} */
function schemaType(type) {
  const kind = type.kind === 'integer' ? 'number' : type.kind;
  /** @type {ApiType} */
  const made = { kind: /** @type {ApiType['kind']} */ (kind) };
  if (type.name) made.name = type.name;
  if (type.item) made.item = schemaType(type.item);
  return type.nullable ? { kind: 'union', items: [made, { kind: 'null' }] } : made;
}

/** @param {Types} types @param {{ name: string, doc: string, fields: DataField[] }} record */
function dataclass(types, { name, doc, fields }) {
  const place = (/** @type {DataField} */ one) =>
    `${name}${one.name[0]?.toUpperCase()}${one.name.slice(1)}`.replace(/s$/, '');
  const lines = fields.map((one) => {
    const annotation = types.annotation(one.type, {
      out: true,
      place: place(one),
      optional: one.optional,
    });
    return `    ${snake(one.name)}: ${annotation}\n${one.doc ? docstring({ doc: one.doc }, '    ') : ''}`;
  });
  const reading = fields.map(
    (one) => `            ${snake(one.name)}=${read(types, one, place(one))},\n`,
  );
  return `@dataclass(frozen=True)
class ${name}:
${docstring({ doc }, '    ')}
${lines.join('')}
    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> ${name}:
        return cls(
${reading.join('')}        )
`;
}

/** How a field is read. @param {Types} types @param {DataField} field @param {string} place */
function read(types, { name, type, optional }, place) {
  const seen = types.behind(type);
  const plain =
    seen.kind === 'union' ? (seen.items ?? []).filter((one) => one.kind !== 'null') : [seen];
  const [only = seen] = plain;
  const at = `data[${JSON.stringify(name)}]`;
  const maybe = optional || plain.length < (seen.items ?? []).length;
  const whole = optional ? `data.get(${JSON.stringify(name)})` : at;
  if (only.kind === 'list' && only.item) {
    const item = types.behind(only.item);
    const of = item.kind === 'object' ? place : recordName(types, item);
    return of ? `[${of}._read(one) for one in ${at}]` : whole;
  }
  if (only.name === 'SandboxError') return `None if ${at} is None else from_document(${at})`;
  const of = only.kind === 'object' ? place : recordName(types, only);
  if (!of) return whole;
  return maybe
    ? `None if data.get(${JSON.stringify(name)}) is None else ${of}._read(${at})`
    : `${of}._read(${at})`;
}

/** The dataclass of a type, if it has one. @param {Types} types @param {ApiType} type @returns {string | undefined} */
export function recordName(types, type) {
  if (type.kind !== 'named') return undefined;
  const name = type.name ?? '';
  const alias = types.aliases.get(name);
  if (alias?.type.kind === 'named') return recordName(types, alias.type);
  const known =
    types.interfaces.has(name) ||
    name === 'Limits' ||
    types.model.results.some((one) => one.name === name && one.fields);
  return known ? name : undefined;
}

/** @param {Definition} definition */
function choice({ name, doc, choices = [] }) {
  const values = choices.flatMap((one) => ('value' in one ? [JSON.stringify(one.value)] : []));
  const objects = choices.flatMap((one) => ('key' in one ? [one] : []));
  const made = objects.map(
    (one) =>
      `class ${name}${one.key[0]?.toUpperCase()}${one.key.slice(1)}(TypedDict):\n${docstring({ doc: one.doc }, '    ')}\n    ${one.key}: ${one.type.kind === 'integer' ? 'int' : 'str'}\n\n`,
  );
  const all = [
    `Literal[${values.join(', ')}]`,
    ...objects.map((one) => `${name}${one.key[0]?.toUpperCase()}${one.key.slice(1)}`),
  ];
  return `${made.join('\n')}${name}: TypeAlias = "${all.join(' | ').replaceAll('"', "'")}"\n${docstring({ doc }, '')}`;
}

/** @param {Definition} definition @param {string} name */
function document({ doc, fields = [] }, name) {
  const type = (/** @type {import('../../model.mjs').Type} */ one) => {
    /** @type {Record<string, string>} */
    const plain = { boolean: 'bool', integer: 'int', number: 'float', string: 'str', any: 'Any' };
    const text = /** @returns {string} */ () => {
      if (one.kind === 'list') return `Sequence[${one.item ? type(one.item) : 'Any'}]`;
      if (one.kind === 'map') return `Mapping[str, ${one.item ? type(one.item) : 'Any'}]`;
      if (one.kind !== 'named') return plain[one.kind] ?? 'Any';
      return structs.has(one.name ?? '') ? `${one.name}Document` : (one.name ?? '');
    };
    return one.nullable ? `${text()} | None` : text();
  };
  const lines = fields.map(
    (one) =>
      `    ${one.name}: ${type(one.type)}\n${one.doc ? docstring({ doc: one.doc }, '    ') : ''}`,
  );
  return `class ${name}(TypedDict, total=False):\n${docstring({ doc }, '    ')}\n${lines.join('')}\n`;
}

/** Definitions of the policy that are objects, so that a document's own types can be told from choices. */
const structs = new Set([
  'Audit',
  'Capabilities',
  'Limits',
  'Environment',
  'FilesystemRule',
  'Kv',
  'NetworkRule',
  'SecretRule',
]);

/** What callers write with keys. @param {Types} types @param {{ name: string, doc: string, fields: DataField[] }} given */
function typedDict(types, { name, doc, fields }) {
  const line = (/** @type {DataField} */ one) => `    ${one.name}: ${types.annotation(one.type)}\n`;
  const must = fields.filter((one) => !one.optional);
  const may = fields.filter((one) => one.optional);
  const head =
    may.length > 0 && must.length > 0
      ? `class _${name}(TypedDict):\n${must.map(line).join('')}\n\n`
      : '';
  const base = head
    ? `_${name}, total=False`
    : may.length > 0
      ? 'TypedDict, total=False'
      : 'TypedDict';
  return `${head}class ${name}(${base}):\n${docstring({ doc }, '    ')}\n${(head ? may : fields).map(line).join('')}\n`;
}

/** @param {Types} types @param {{ name: string, doc: string, type: ApiType }} given */
function alias(types, { name, doc, type }) {
  const rest =
    name === 'PreparedFunction' || name === 'HostFunction' ? 'Callable[..., Any]' : undefined;
  const path = name === 'Package' ? ' | PathLike[str]' : '';
  const text = rest ?? `${types.annotation(type)}${path}`;
  return `${name}: TypeAlias = "${text.replaceAll('"', "'")}"\n${doc ? docstring({ doc }, '') : ''}`;
}

/** @param {import('../../model.mjs').Model} model */
function errorLiterals({ codes }) {
  const families = [...new Set(codes.map((one) => one.family))];
  const list = (/** @type {string[]} */ names) => names.map((one) => `    "${one}",\n`).join('');
  return `ErrorCode: TypeAlias = Literal[\n${list(codes.map((one) => one.code))}]
"""What went wrong; the same in every language."""

ErrorFamily: TypeAlias = Literal[\n${list(families)}]
"""The six families; each but \`\`internal\`\` has a class of its own."""
`;
}

/** The exception classes. @param {Types} types */
export function errorsModule({ api, model }) {
  const families = [...new Set(model.codes.map((one) => one.family))].filter(
    (one) => one !== 'internal',
  );
  const classes = families.map((family) => {
    const { python, typescript } = classesOf(model.errorClasses, family);
    const doc = api.classes.find((one) => one.name === typescript)?.doc ?? '';
    return `class ${python}(SandboxError):\n${docstring({ doc }, '    ')}\n`;
  });
  const resource = classesOf(model.errorClasses, 'resource').python;
  const isTime = (/** @type {{ code: string }} */ one) => /_timeout$/.test(one.code);
  const entries = model.codes
    .filter((one) => one.family !== 'internal')
    .map(
      (one) =>
        `        "${one.code}": ${isTime(one) ? 'ResourceTimeout' : classesOf(model.errorClasses, one.family).python},\n`,
    );
  return `${HEAD}from __future__ import annotations

from .._errors import SandboxError, register

__all__ = [${[
    'SandboxError',
    'ResourceTimeout',
    ...families.map((one) => classesOf(model.errorClasses, one).python),
  ]
    .sort()
    .map((one) => `"${one}"`)
    .join(', ')}]


${classes.join('\n\n')}

class ResourceTimeout(${resource}, TimeoutError):
    """A limit on time was reached; it is caught as a \`\`TimeoutError\`\` as well."""


register(
    {
${entries.join('')}    },
    {
${model.codes.map((one) => `        "${one.code}": "${one.family}",\n`).join('')}    },
)
`;
}
