// Owns the Python package's classes and functions: for asyncio, and their mirror for threads. A method puts what it
// was given into a map and hands it to the runtime layer under its name in the reference API.
import { recordName } from './data.mjs';
import { described, kept, map, named, Parameters, pick, signature } from './given.mjs';
import { className, docstring, idiom, snake } from './names.mjs';

/** @typedef {import('./types.mjs').Types} Types */
/** @typedef {import('../../api.mjs').Callable} Callable */
/** @typedef {import('../../api.mjs').ApiClass} ApiClass */
/** @typedef {'shared' | 'async' | 'sync'} Mode */
/** @typedef {import('./given.mjs').Given} Given */

const { python } = idiom;

/** Members that Python has. @param {string} owner @param {Callable[]} members */
const wanted = (owner, members) =>
  members.filter((one) => !python.leftOut.includes(`${owner}.${one.name}`));

/** Writes the classes and functions of one mode. */
export class Writer {
  /** @param {Types} types @param {Mode} mode */
  constructor(types, mode) {
    this.types = types;
    this.mode = mode;
    this.wait = mode === 'async' ? 'await ' : '';
    this.given = new Parameters(types, mode);
    /** Those of the pool that is written. @type {Given[]} */
    this.options = [];
  }

  /** @param {ApiClass} given */
  class(given) {
    const { name, doc } = given;
    this.types.own = given.typeParameters;
    const members = wanted(name, given.members);
    const isBuilder = this.types.isBuilder(name);
    const made = members.find((one) => one.kind === 'constructor' && this.types.isPool(name));
    this.options = made ? this.poolParameters(name, made) : [];
    const body = members.map((one) => this.method(given, one, isBuilder));
    const args = this.options.map((one) => ({ ...one, doc: this.renamed(one.doc) }));
    const text = docstring({ doc, throws: made?.throws ?? '' }, '    ', described(args));
    return `class ${className(name)}(${this.base(given, isBuilder)}):\n${text}\n${body.join('\n')}`;
  }

  /** @param {ApiClass} given @param {boolean} isBuilder */
  base({ name, extends: base }, isBuilder) {
    if (base) return className(base);
    if (isBuilder) return 'Steps';
    const mode = this.mode === 'async' ? 'Async' : 'Sync';
    if (this.types.isGuest(name)) return `${mode}Handle`;
    if (this.types.isPool(name)) return `${mode}Pool[G]`;
    return this.types.isData(name) ? 'Data' : 'Named';
  }

  /** @param {ApiClass} owner @param {Callable} method @param {boolean} isBuilder */
  method({ name: owner }, method, isBuilder) {
    const operation = `${owner}.${method.name}`;
    const given = this.given.of(method, operation);
    if (method.kind === 'constructor') return this.constructor_(owner, method, given, isBuilder);
    const first = method.static ? 'cls' : 'self';
    const entered = this.mode === 'async' ? python.awaitedOrEntered[operation] : undefined;
    const result = method.returns.kind === 'this' ? 'Self' : this.result(method, operation);
    const returns = entered ? `${entered}[${result}]` : result;
    const before = method.static
      ? '    @classmethod\n'
      : method.kind === 'accessor'
        ? '    @property\n'
        : '';
    const word = this.mode === 'async' && method.async && !entered ? 'async def' : 'def';
    const head = `${before}    ${word} ${snake(method.name)}(${signature([first], given)}) -> ${returns}:\n`;
    return `${head}${docstring(this.said(method), '        ', described(given))}${this.body(
      owner,
      method,
      given,
      isBuilder,
    )
      .map((line) => `        ${line}\n`)
      .join('')}`;
  }

  /** What is said of a method, in the words of those who wait for it. @param {Callable} method */
  said({ doc, throws }) {
    const phrases = this.mode === 'sync' ? Object.entries(python.syncPhrases) : [];
    const said = phrases.reduce((all, [from, to]) => all.replace(from, String(to)), doc);
    return { doc: this.renamed(said), throws: this.renamed(throws) };
  }

  /** With the names that a pool's own options have here. @param {string} text */
  renamed(text) {
    return this.options.reduce(
      (all, { native, name }) => all.replaceAll(`\`${native}\``, `\`${name}\``),
      text,
    );
  }

  /** @param {string} owner @param {Callable} method @param {Given[]} given @param {boolean} isBuilder */
  constructor_(owner, method, given, isBuilder) {
    if (this.types.isPool(owner)) return this.poolConstructor(owner, method);
    const named = map(given);
    const body = isBuilder
      ? ['super().__init__()', `self._this = ${named}`]
      : [`super().__init__("${owner}.constructor", ${named})`];
    const doc = method.doc || method.throws ? docstring(method, '        ') : '';
    return `    def __init__(${signature(['self'], given)}) -> None:\n${doc}${body.map((line) => `        ${line}\n`).join('')}`;
  }

  /** What a pool is made with: its own first, and then what each guest is. @param {string} owner @param {Callable} method */
  poolParameters(owner, method) {
    const given = this.given.of(method, `${owner}.${method.name}`);
    const bases = this.types.interfaces.get(method.params[0]?.type.name ?? '')?.extends ?? [];
    const others = bases.flatMap((one) => this.types.options({ kind: 'named', name: one }));
    const isOwn = (/** @type {Given} */ one) => !others.some(({ name }) => name === one.native);
    return [...given.filter(isOwn), ...given.filter((one) => !isOwn(one))];
  }

  /** One form for each kind of guest that a pool can keep. @param {string} owner @param {Callable} method */
  poolConstructor(owner, method) {
    const given = this.poolParameters(owner, method);
    const [source, language] = ['source', 'language'].map((name) => pick(given, name));
    if (!source || !language) throw new Error('a pool has a source and a language');
    const others = given.filter((one) => one !== source && one !== language);
    const must = (/** @type {Given} */ one) => ({
      ...one,
      optional: false,
      annotation: one.annotation.replace(' | None', ''),
    });
    const first = (/** @type {Given} */ one) => ({ ...one, role: /** @type {const} */ ('plain') });
    const unfetched = others.filter((one) => one.role !== 'download');
    const overloads = [
      signature([`self: ${owner}[WasmSandbox]`], [first(must(source)), ...others]),
      signature([`self: ${owner}[Session]`], [must(language), ...unfetched]),
    ].map((list) => `    @overload\n    def __init__(${list}) -> None: ...\n`);
    const all = signature(['self'], [first(source), language, ...others]);
    const of = (/** @type {Given['role']} */ role) => given.filter((one) => one.role === role);
    const handed = [
      '(WasmSandbox, Session)',
      `given(${named(of('option'))})`,
      `given(${named(of('download'))})`,
      kept(of('callback'), true),
    ].map((line) => `            ${line},\n`);
    return `${overloads.join('')}    def __init__(${all}) -> None:\n        super().__init__(\n${handed.join('')}        )\n`;
  }

  /** @param {string} owner @param {Callable} method @param {Given[]} given @param {boolean} isBuilder @returns {string[]} */
  body(owner, method, given, isBuilder) {
    const { types, wait } = this;
    const operation = `${owner}.${method.name}`;
    const back = className(method.returns.name ?? '');
    const callbacks = given.filter((one) => one.role === 'callback');
    const cancel = given.some((one) => one.role === 'cancel') ? ', cancel' : '';
    const own = python.runtime[operation];
    if (own) {
      const list = given.map((one) => one.name).join(', ');
      const waits = method.async && !(operation in python.awaitedOrEntered) ? wait : '';
      const call = `${waits}self.${own}(${list})`;
      return [method.returns.kind === 'void' ? call : `return ${call}`];
    }
    if (isBuilder && method.returns.kind === 'this') {
      if (callbacks[0])
        return [`return self._callback("${callbackName(method.name)}", ${callbacks[0].name})`];
      const fetching = given.filter((one) => one.role === 'download');
      if (fetching.length > 0) {
        return [`return self._source(${map(given)}, given(${named(fetching)}))`];
      }
      return [`return self._step("${method.name}", ${map(given)})`];
    }
    if (isBuilder && types.isGuest(method.returns.name)) {
      const steps = this.mode === 'async' ? 'await self._fetched()' : 'self._fetched_now()';
      return [`return ${wait}${back}._open("${operation}", {"steps": ${steps}}, self._callbacks)`];
    }
    if (isBuilder)
      return [`return ${back}._of(plain("${operation}", {**self._this, "steps": self._steps}))`];
    if (types.isBuilder(method.returns.name)) {
      return [`return ${back}(${given.map((one) => one.name).join(', ')})`];
    }
    if (types.isGuest(method.returns.name)) {
      const self = back === owner && method.static ? 'cls' : back;
      if (!method.static) return [`return ${wait}self._fork("${operation}", ${map(given)})`];
      const real = python.downloads[operation] ?? operation;
      return [
        `return ${wait}${self}._open("${real}", ${map(given)}, ${kept(callbacks, true)}${cancel})`,
      ];
    }
    // What takes no turn is told at once, even where it is awaited.
    const isQueued = method.async && !idiom.atOnce.includes(operation);
    const call =
      types.isGuest(owner) || types.isPool(owner)
        ? isQueued
          ? `${wait}self._invoke("${operation}", ${map(given)}${cancel})`
          : `self._now("${operation}", ${map(given)})`
        : types.isData(owner)
          ? `plain("${operation}", ${method.static ? map(given) : map([this_, ...given])})`
          : `self._now("${operation}", ${map(given)})`;
    return this.answered(method, operation, call);
  }

  /** A function of the module. @param {Callable} method */
  function(method) {
    const given = this.given.of(method, method.name);
    const word = this.mode === 'async' && method.async ? 'async def' : 'def';
    const head = `${word} ${snake(method.name)}(${signature([], given)}) -> ${this.result(method, method.name)}:\n`;
    const callbacks = given.filter((one) => one.role === 'callback');
    const cancel = given.some((one) => one.role === 'cancel') ? ', cancel' : '';
    const side = `Side(${kept(callbacks, true)})`;
    const call = method.async
      ? this.mode === 'async'
        ? `await invoke(${side}, None, "${method.name}", ${map(given)})`
        : `invoke_now(${side}, None, "${method.name}", ${map(given)}${cancel})`
      : method.name === 'configure'
        ? settings(given)
        : `plain("${method.name}", ${map(given)})`;
    const body = this.answered(method, method.name, call).map((line) => `    ${line}\n`);
    return `${head}${docstring(method, '    ', described(given))}${body.join('')}`;
  }

  /** @param {Callable} method @param {string} operation @param {string} call @returns {string[]} */
  answered(method, operation, call) {
    const type = this.types.behind(method.returns);
    if (type.kind === 'void') return [call];
    if (python.firstOf.includes(operation)) return [`return first(${call})`];
    if (type.kind === 'object') return [`return ${this.unnamed(operation)}._read(${call})`];
    if (this.types.isData(type.name)) return [`return ${className(type.name ?? '')}._of(${call})`];
    const item = type.kind === 'list' && type.item ? recordName(this.types, type.item) : undefined;
    if (item) return [`return [${item}._read(one) for one in ${call}]`];
    const record = recordName(this.types, type);
    return [`return ${record ? `${record}._read(${call})` : call}`];
  }

  /** @param {Callable} method @param {string} operation */
  result({ returns }, operation) {
    return this.types.annotation(returns, { out: true, place: this.unnamed(operation) });
  }

  /** @param {string} operation */
  unnamed(operation) {
    const [owner = '', name = ''] = operation.split('.');
    return `${owner}${name[0]?.toUpperCase()}${name.slice(1)}`;
  }
}

/** @type {Given} */
const this_ = {
  name: 'self',
  native: 'this',
  annotation: '',
  value: 'self',
  optional: false,
  doc: '',
  role: 'plain',
  initial: '',
};

/** `onStdout` of the builder is the option of the same name. @param {string} method */
const callbackName = (method) => method;

/** Settings of the process: those whose null means something, and the others. @param {Given[]} given */
function settings(given) {
  const isUnset = (/** @type {Given} */ one) => one.initial === 'UNSET';
  const others = given
    .filter((one) => !isUnset(one))
    .map((one) => ({ ...one, role: /** @type {const} */ ('plain') }));
  return `choose(${kept(given.filter(isUnset), true)}, ${map(others)})`;
}
