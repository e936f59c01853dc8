// Owns the Python package's generated modules: what stands in which, and what each imports.
import { Writer } from './classes.mjs';
import { HEAD, errorsModule, typesModule } from './data.mjs';
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
  return { 'types.py': data, 'errors.py': errorsModule(types), 'shared.py': shared, 'aio.py': aio, 'sync.py': sync };
}

const errors = (/** @type {Types} */ types) => Object.values(types.model.errorClasses).map((one) => one.typescript);

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
  const written = [...classes.map((one) => writer.class(one)), ...functions.map((one) => writer.function(one))];
  const names = [...classes.map((one) => one.name), ...functions.map((one) => snakeOf(writer.function(one)))];
  return `${HEAD}${imports(mode)}
__all__ = [${names.sort().map((one) => `"${one}"`).join(', ')}]


${written.join('\n\n')}`;
}

/** @param {string} text of a function */
const snakeOf = (text) => /def (\w+)/.exec(text)?.[1] ?? '';

/** What a module may need; what it does not need, the linter of generated files forgives. @param {import('./classes.mjs').Mode} mode */
function imports(mode) {
  const typing = `from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

`;
  const self = 'if TYPE_CHECKING:\n    from typing_extensions import Self\n';
  if (mode === 'shared') {
    return `${typing}from .._calls import plain
from .._guests import Steps
from .._settings import UNSET, Unset, choose
from .._values import Data, Named, first, given, ms
from .types import *

${self}`;
  }
  const calls = mode === 'async' ? 'invoke' : 'CancelToken, invoke_now';
  const handle = mode === 'async' ? 'AsyncHandle' : 'SyncHandle';
  const download = mode === 'async' ? 'fetch, fetched, limit' : 'download, fetched_now, limit';
  return `${typing}from .._calls import ${calls}
from .._download import ${download}
from .._guests import ${handle}, Steps
from .._host import Side
from .._values import given, ms, paths
from .shared import *
from .types import *

${self}`;
}
