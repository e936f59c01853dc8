// Writes Go's package sandbox: interface, methods, functions, options and builder. A method puts its parameters
// in a map and invokes the operation that has its name; what that does is the native code's.
import { comment, crossing, exported, file, goType, idiom, local } from './names.mjs';
import { isSkipped, optionStruct } from './structs.mjs';

/** @typedef {import('../../api.mjs').Api} Api */
/** @typedef {import('../../api.mjs').Callable} Callable */
/** @typedef {import('../../api.mjs').Parameter} Parameter */
/** @typedef {import('../../api.mjs').ApiClass} ApiClass */

/** @param {Api} api @param {string} name @returns {ApiClass} */
export function classOf(api, name) {
  const found = api.classes.find((one) => one.name === name);
  if (!found) throw new Error(`the API has no class ${name}`);
  return found;
}

const isOptions = (/** @type {Parameter} */ one) => one.name === 'options';
const isArgs = (/** @type {Parameter} */ one) => idiom.order.includes(one.name);

/** Options that the context says in Go. @param {Parameter} one */
const isContext = ({ type }) =>
  type.kind === 'object' && (type.fields ?? []).every((field) => isSkipped(field.name));

/** What a method's or function's signature says. @param {string} owner @param {Callable} member */
function signature(owner, member) {
  const own = member.params.filter((one) => !isOptions(one) && !isArgs(one));
  const args = member.params.find(isArgs);
  const options = member.params.find((one) => isOptions(one) && !isContext(one));
  const isFree =
    member.kind === 'accessor' || idiom.withoutContext.includes(`${owner}.${member.name}`);
  const context = isFree ? [] : ['ctx context.Context'];
  const list = [
    ...context,
    ...own.map(
      (one) =>
        `${local(one.name, one.type)} ${goType(one.type, `${owner}.${member.name}.${one.name}`)}`,
    ),
  ];
  if (args) list.push(`${local(args.name)} ...interface{}`);
  else if (options) list.push('options ...Option');
  const params = own.map(
    (one) => `"${one.name}": ${crossing(one.type, local(one.name, one.type))}`,
  );
  const given = `core.Params{${params.join(', ')}}`;
  return {
    list: list.join(', '),
    given,
    args: args !== undefined,
    options: options !== undefined,
    context: context.length > 0,
  };
}

/** The results of a method. @param {string} owner @param {Callable} member */
function answerOf(owner, member) {
  // What takes no time and cannot fail is told as it is.
  if (member.kind === 'accessor') {
    const type = goType(member.returns);
    return { type, results: type };
  }
  if (owner === 'SandboxPool' && member.returns.name === 'T')
    return { type: 'T', results: '(T, error)' };
  if (member.returns.kind === 'void') return { type: '', results: 'error' };
  if (member.returns.name === 'Session') return { type: '*Session', results: '(*Session, error)' };
  if (member.returns.name === 'WasmSandbox')
    return { type: 'Sandbox', results: '(Sandbox, error)' };
  const plain = goType(member.returns, `${owner}.${member.name}.returns`);
  const structs = [
    'ResourceStats',
    'AuditResult',
    'RunResult',
    'ExecutionRecord',
    'ModuleReport',
    'DoctorReport',
  ];
  const listed =
    plain === 'any' && owner !== 'KvStore' && member.name === 'callBatch' ? '[]interface{}' : plain;
  const type = structs.includes(listed) ? `*${listed}` : listed === 'any' ? 'interface{}' : listed;
  return { type, results: `(${type}, error)` };
}

/**
 * @param {string} owner @param {Callable} member @param {string} receiver
 * @param {string} [handle] where the receiver has what the operation is done with
 */
function method(owner, member, receiver, handle = 'g.guest') {
  const [self] = handle.split('.');
  const name = exported(member.name, owner);
  const { list, given, args, options, context } = signature(owner, member);
  const { type, results } = answerOf(owner, member);
  const head = `${comment(name, member.doc)}\nfunc (${self} *${receiver}) ${name}(${list}) ${results} {`;
  const own = idiom.runtime[`${owner}.${member.name}`];
  if (own) {
    const names = member.params.filter((one) => !isOptions(one)).map((one) => local(one.name));
    return `${head}\n\treturn ${self}.${own}(${['ctx', ...names].join(', ')})\n}`;
  }
  const ctx = context ? 'ctx' : 'context.Background()';
  const operation = `"${owner}.${member.name}"`;
  const params = args
    ? `withArgs(${given}, args)`
    : options
      ? `withOptions(${given}, options)`
      : `plain(${given})`;
  // An accessor cannot fail.
  if (!member.async) {
    const call = `ask[${type}](${ctx}, ${handle}, ${operation}, ${params})`;
    const isAccessor = member.kind === 'accessor';
    return `${head}\n\t${isAccessor ? `value, _ := ${call}\n\treturn value` : `return ${call}`}\n}`;
  }
  if (type === '*Session') return `${head}\n\treturn forked(${ctx}, g.guest, ${operation})\n}`;
  if (type === '')
    return `${head}\n\treturn perform(${ctx}, ${handle}, ${operation}, ${params})\n}`;
  return `${head}\n\treturn ask[${type}](${ctx}, ${handle}, ${operation}, ${params})\n}`;
}

/** The methods of a class and of those it extends, the base's last. @param {Api} api @param {string} name @returns {{ owner: string, member: Callable }[]} */
function methodsOf(api, name) {
  const { members, extends: base } = classOf(api, name);
  const own = members
    .filter((one) => !one.static && one.kind !== 'constructor' && !isSkipped(one.name))
    .map((member) => ({ owner: name, member }));
  return base === null || base === 'Error' ? own : [...own, ...methodsOf(api, base)];
}

const isByHand = (/** @type {string} */ owner, /** @type {string} */ name) =>
  idiom.byHand.includes(`${owner}.${name}`);

/** The interface Sandbox, what implements it, and Session. @param {Api} api */
export function guests(api) {
  const own = methodsOf(api, 'WasmSandbox');
  /** @param {string} name @param {string} doc @param {{ owner: string, member: Callable }[]} members @param {string[]} [more] */
  const contract = (name, doc, members, more = []) => {
    const lines = members.map(({ owner, member }) => {
      const own = exported(member.name, owner);
      const head = `${comment(own, member.doc, '\t')}\n\t${own}`;
      if (member.name === 'prepare')
        return `${head}(ctx context.Context, function string) (*Prepared, error)`;
      return `${head}(${signature(owner, member).list}) ${answerOf(owner, member).results}`;
    });
    return `${comment(name, doc)}\ntype ${name} interface {\n${[...more, ...lines].join('\n\n')}\n}`;
  };
  const common = 'What a Sandbox and a *Session have in common.';
  const parts = [
    contract('Sandbox', classOf(api, 'WasmSandbox').doc, own),
    contract('Guest', common, methodsOf(api, 'Guest'), ['\tCaller']),
    ...own
      .filter(({ owner, member }) => !isByHand(owner, member.name))
      .map(({ owner, member }) => method(owner, member, 'module')),
    `${comment('Session', classOf(api, 'Session').doc)}\ntype Session struct{ guest *core.Guest }`,
    ...methodsOf(api, 'Session').map(({ owner, member }) => method(owner, member, 'Session')),
  ];
  return file('sandbox', parts.join('\n\n'));
}

/** A pool's options and methods; what it is made of, and what lends, is written by hand. @param {Api} api */
export function pools(api) {
  const options = api.interfaces.find((one) => one.name === 'PoolOptions');
  if (!options) throw new Error('the API has no PoolOptions');
  // What each is opened with, and how it is fetched, are options of the package.
  const others = options.extends.flatMap(
    (name) => api.interfaces.find((one) => one.name === name)?.fields ?? [],
  );
  const own = options.fields.filter(({ name }) => !others.some((one) => one.name === name));
  const doc = 'Sizes and times of a pool, and what it keeps: exactly one of Source and Language.';
  const methods = methodsOf(api, 'SandboxPool').filter(
    ({ owner, member }) => !isByHand(owner, member.name),
  );
  // Names of the pool's own in what is said of it.
  const names = [...own, ...methods.map(({ member }) => member)].map((one) => one.name);
  const inGo = (/** @type {any} */ one) => ({
    ...one,
    doc: names.reduce(
      (text, name) => text.replaceAll(`\`${name}\``, exported(name, 'PoolOptions')),
      one.doc,
    ),
  });
  const parts = methods.map(({ owner, member }) =>
    method(owner, inGo(member), 'Pool[T]', 'p.native'),
  );
  return file('sandbox', [optionStruct('PoolOptions', doc, own.map(inGo)), ...parts].join('\n\n'));
}

/** Functions of the package: the API's own, and the static ones that open something. @param {Api} api */
export function functions(api) {
  const opening = classOf(api, 'WasmSandbox')
    .members.filter((one) => one.static && !isByHand('WasmSandbox', one.name))
    .map((member) => {
      const name = exported(member.name, 'WasmSandbox');
      const { list, given } = signature('WasmSandbox', member);
      const [make, results] =
        member.returns.name === 'Session'
          ? ['openSession', '(*Session, error)']
          : ['openModule', '(Sandbox, error)'];
      return `${comment(name, member.doc)}\nfunc ${name}(${list}) ${results} {\n\treturn ${make}(ctx, "WasmSandbox.${member.name}", ${given}, options)\n}`;
    });
  const plain = api.functions
    .filter((one) => !isSkipped(one.name) && one.name !== 'parsePolicy' && one.name !== 'configure')
    .map((member) => {
      const name = exported(member.name);
      const { list, given, options } = signature('', member);
      const { type, results } = answerOf('', member);
      const hosted = member.params.some((one) => one.type.name === 'RunOptions');
      const fetches = member.params.some((one) => one.type.name === 'Source');
      const read = fetches
        ? `withSource(ctx, ${given}, options)`
        : `withOptions(${given}, options)`;
      const call = hosted
        ? `runOnce[${type}](ctx, "${member.name}", ${given}, options)`
        : `ask[${type}](ctx, nil, "${member.name}", ${options ? read : `plain(${given})`})`;
      return `${comment(name, member.doc)}\nfunc ${name}(${list}) ${results} {\n\treturn ${call}\n}`;
    });
  return file('sandbox', [...plain, ...opening, ...store(api)].join('\n\n'));
}

/** A class that is made with parameters: they go with every operation. @param {Api} api */
function store(api) {
  const { doc } = classOf(api, 'KvStore');
  return [
    `${comment('KvStore', doc)}\ntype KvStore struct{ namespace string }`,
    ...methodsOf(api, 'KvStore')
      .filter(({ owner, member }) => !isByHand(owner, member.name))
      .map(({ owner, member }) => {
        const name = exported(member.name, owner);
        const params = member.params.map((one) => `${one.name} ${goType(one.type)}`);
        const keys = [
          '"namespace": s.namespace',
          ...member.params.map((one) => `"${one.name}": ${one.name}`),
        ];
        const named = member.returns.kind === 'object';
        const type = named
          ? '*KvStats'
          : member.returns.kind === 'void'
            ? ''
            : goType(member.returns);
        const head = `${comment(name, member.doc)}\nfunc (s *KvStore) ${name}(${['ctx context.Context', ...params].join(', ')}) ${type === '' ? 'error' : `(${type}, error)`} {`;
        const call = `ctx, nil, "KvStore.${member.name}", plain(core.Params{${keys.join(', ')}}))`;
        return `${head}\n\treturn ${type === '' ? `perform(${call}` : `ask[${type}](${call}`}\n}`;
      }),
  ];
}

/** The functional options, and the builder with the same callbacks. @param {Api} api */
export function options(api) {
  const kinds = [
    'OpenOptions',
    'RestoreOptions',
    'CallOptions',
    'SessionRunOptions',
    'RunOptions',
    'DownloadOptions',
    'VerifyOptions',
  ];
  const fields = new Map();
  for (const kind of kinds) {
    for (const field of api.interfaces.find((one) => one.name === kind)?.fields ?? []) {
      if (!isSkipped(field.name) && !fields.has(field.name)) fields.set(field.name, field);
    }
  }
  const snapshot = classOf(api, 'Session').members.find((one) => one.name === 'snapshot');
  if (!snapshot) throw new Error('the API has no snapshot');
  const parts = [...fields.values()].map(({ name, doc, type }) => {
    const own = exported(name, 'option');
    const fixed = goType(type, `option.${name}`);
    const many = fixed.startsWith('[]') && fixed !== '[]byte';
    const value = many ? `values ...${fixed.slice(2)}` : `value ${fixed.replace(/^\*/, '')}`;
    const text = crossing(type, many ? 'values' : 'value');
    return `${comment(own, doc)}\nfunc ${own}(${value}) Option {\n\treturn ${made(name, text)}\n}`;
  });
  const own = api.interfaces.find((one) => one.name === 'DownloadOptions')?.fields ?? [];
  const names = own.filter((one) => !isSkipped(one.name)).map((one) => `"${one.name}"`);
  const fetching = `// fetching is what may be said of a download alone.\nvar fetching = []string{${names.join(', ')}}`;
  return file('sandbox', [...parts, fetching].join('\n\n'));
}

/** @param {string} name @param {string} text */
function made(name, text) {
  const special = {
    host: 'withHost',
    onStdout: 'withStdout',
    onStderr: 'withStderr',
    onAudit: 'withAudit',
    stdin: 'withStdin',
  };
  const how = special[/** @type {keyof typeof special} */ (name)];
  return how ? `${how}(${text})` : `option("${name}", ${text})`;
}

/** The builder: what it is told is kept as steps. @param {Api} api */
export function builder(api) {
  const { doc, members } = classOf(api, 'SandboxBuilder');
  const steps = members
    .filter((one) => one.returns.kind === 'this' && !isSkipped(one.name))
    .map((member) => {
      const name = exported(member.name, 'option');
      const [first, ...rest] = member.params;
      if (!first) throw new Error(`SandboxBuilder.${member.name} takes nothing`);
      const type =
        idiom.parameterTypes[`option.${member.name}`] ??
        goType(named(first.type, api), `SandboxBuilder.${member.name}.${first.name}`).replace(
          /^\*int/,
          'int',
        );
      const head = `${comment(name, member.doc)}\nfunc (b *Builder) ${name}(${local(first.name)} ${type}${rest.length > 0 ? ', options ...Option' : ''}) *Builder {`;
      const value = crossing(first.type, local(first.name));
      const special = made(member.name, value);
      if (special.startsWith('with')) return `${head}\n\treturn b.with(${special})\n}`;
      return `${head}\n\treturn b.step("${member.name}", core.Params{"${first.name}": ${value}}${rest.length > 0 ? ', options...' : ''})\n}`;
    });
  return file(
    'sandbox',
    [`${comment('Builder', doc)}\ntype Builder struct{ steps }`, ...steps].join('\n\n'),
  );
}

/** `OpenOptions['host']` is that field's type. @param {import('../../api-types.mjs').ApiType} type @param {Api} api @returns {import('../../api-types.mjs').ApiType} */
function named(type, api) {
  const items = (type.items ?? [type]).filter((item) => item.kind !== 'null');
  const [only] = items;
  if (only?.name !== 'Field' || items.length > 1) return type;
  const [owner, key] = only.args ?? [];
  const field = api.interfaces
    .find((one) => one.name === owner?.name)
    ?.fields.find((one) => one.name === key?.value);
  if (!field) throw new Error(`there is no ${owner?.name}.${key?.value}`);
  return field.type;
}
