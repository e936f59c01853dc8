// Owns the Python package's generated modules: what stands in which, and what each imports.
import { Writer } from './classes.mjs';
import { errorsModule, HEAD, typesModule } from './data.mjs';
import { idiom } from './names.mjs';
import { Types } from './types.mjs';

/** @typedef {import('../../api.mjs').Api} Api */
/** @typedef {import('../../model.mjs').Model} Model */

/**
 * The modules by name.
 * @param {Api} api @param {Model} model
 * @returns {Record<string, string>}
 */
export function pythonModules(api, model) {
  const types = new Types(api, model);
  const shared = module(types, 'shared');
  const aio = module(types, 'async');
  const sync = module(types, 'sync');
  // Last, because writing the others finds the types without names.
  const data = typesModule(types);
  return {
    'types.py': data,
    'errors.py': errorsModule(types),
    'shared.py': shared,
    'aio.py': aio,
    'sync.py': sync,
  };
}

const errors = (/** @type {Types} */ types) =>
  Object.values(types.model.errorClasses).map((one) => one.typescript);

/** @param {Types} types @param {import('./classes.mjs').Mode} mode */
function module(types, mode) {
  const writer = new Writer(types, mode);
  const isShared = mode === 'shared';
  const classes = types.api.classes.filter(
    ({ name }) => types.isDouble(name) !== isShared && !errors(types).includes(name),
  );
  // A class stands behind the one that it extends.
  classes.sort((a, b) => Number(a.extends !== null) - Number(b.extends !== null));
  const functions = types.api.functions.filter(
    (one) => one.async !== isShared && !idiom.python.leftOut.includes(one.name),
  );
  const written = [
    ...classes.map((one) => writer.class(one)),
    ...functions.map((one) => writer.function(one)),
  ];
  const names = [
    ...classes.map((one) => one.name),
    ...functions.map((one) => snakeOf(writer.function(one))),
  ];
  return `${HEAD}${imports(written.join('\n'), mode)}
__all__ = [${names
    .sort()
    .map((one) => `"${one}"`)
    .join(', ')}]


${written.join('\n\n')}`;
}

/** @param {string} text of a function */
const snakeOf = (text) => /def (\w+)/.exec(text)?.[1] ?? '';

/** What a module may use, by where it comes from. @type {[string, string[]][]} */
const sources = [
  ['collections.abc', ['Callable', 'Mapping', 'Sequence']],
  ['os', ['PathLike']],
  ['typing', ['TYPE_CHECKING', 'Any', 'Literal', 'overload']],
  ['', []],
  ['.._calls', ['CancelToken', 'invoke', 'invoke_now', 'plain']],
  ['.._download', ['fetched', 'fetched_now']],
  ['.._guests', ['AsyncHandle', 'Steps', 'SyncHandle']],
  ['.._host', ['Side']],
  ['.._pool', ['Acquiring', 'AsyncPool', 'G', 'SyncPool']],
  ['.._settings', ['UNSET', 'Unset', 'choose']],
  ['.._values', ['Data', 'Named', 'first', 'given', 'ms', 'paths']],
];

/** The imports of what a text uses. @param {string} text @param {import('./classes.mjs').Mode} mode */
function imports(text, mode) {
  const code = text.replace(/"""[\s\S]*?"""/g, '');
  // A function is called; a parameter may have its name.
  const uses = (/** @type {string} */ name) =>
    name === 'TYPE_CHECKING' ||
    (name === 'overload' && code.includes('@overload')) ||
    new RegExp(`\\b${name}${/^[a-z]/.test(name) ? '\\(' : '\\b'}`).test(code);
  const lines = sources.map(([from, names]) => {
    const used = names.filter(uses);
    return from === ''
      ? ''
      : used.length > 0
        ? `from ${from} import ${used.join(', ')}`
        : undefined;
  });
  const own =
    mode === 'shared'
      ? ['from .types import *']
      : ['from .shared import *', 'from .types import *'];
  const written = lines.filter((one) => one !== undefined);
  return `from __future__ import annotations\n\n${[...written, ...own].join('\n')}\n
if TYPE_CHECKING:
    from typing_extensions import Self
`;
}
