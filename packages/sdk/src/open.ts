// Owns opening: options checked and brought into the native part's form, callbacks wrapped.
import { cancelled, stops, throwIfAborted } from './abort.js';
import { fromNative, guarded, UsageError } from './errors.js';
import type { AuditEvent } from './generated/result.js';
import { type Callbacks, type Handle, native, type RawResult, type Template } from './native.js';
import type { OpenOptions } from './options.js';
import { type Package, packagesInMemory } from './packages.js';
import { partsOf, type SecurityPolicy, templateOf, toPolicy } from './policy.js';
import { Turns } from './reentry.js';
import type { Module } from './source.js';
import { inTurn } from './turn.js';
import type { FileContents } from './values.js';

/** A source language that this build runs. */
export type Language = 'javascript' | 'typescript' | 'python';

/** An open sandbox of the native part, with the order of its calls. */
export interface Opened {
  handle: Handle;
  turns: Turns;
}

/** The policy that the options ask for. */
export function policyOf(options: Pick<OpenOptions, 'policy' | 'limits'>): SecurityPolicy {
  const policy = toPolicy(options.policy);
  return options.limits === undefined ? policy : policy.withLimits(options.limits);
}

/** Options as an operation takes them: what the native part calls back is given apart, and limits are in the policy. */
export function parameterOf<T extends OpenOptions>(options: T): object {
  const { host, onStdout, onStderr, onAudit, signal, limits, ...rest } = options;
  return { ...rest, policy: partsOf(policyOf(options)) };
}

/** What is run: a module, or a session of a language. */
export type GuestSource = { module: Module } | { language: Language };

/** Opens it. */
export function openGuest(
  source: GuestSource,
  policy: SecurityPolicy,
  options: OpenOptions,
): Promise<Opened> {
  return openWith(options, async (host) => {
    const template = templateFor(source, policy, options);
    const [module, files, packages] = contentsOf(source, options);
    // An interpreter that is there takes less time than asking another thread for it. Unpacking packages does not.
    if (module === null && packages === null && ready.has(template)) {
      return template.openSync(null, files, packages, host);
    }
    const handle = await template.open(module, files, packages, host);
    if (module === null) ready.add(template);
    return handle;
  });
}

/** Opens it, runs once and gives everything back, in one crossing. */
export async function runGuest(
  source: GuestSource,
  policy: SecurityPolicy,
  options: OpenOptions,
  code: string | undefined,
  rest: object | undefined,
): Promise<RawResult> {
  const turns = new Turns();
  const host = callbacks(options, turns);
  const template = templateFor(source, policy, options);
  const [module, files, packages] = contentsOf(source, options);
  return inTurn(turns, stops, options.signal, (stop) =>
    template.run(module, files, packages, host, code, rest, stop),
  );
}

/** What an interpreter was opened with before, and so is loaded for. */
const ready = new WeakSet<Template>();

/** The same on the caller's thread. */
export function openGuestSync(
  source: GuestSource,
  policy: SecurityPolicy,
  options: OpenOptions,
): Opened {
  const turns = new Turns();
  const template = templateFor(source, policy, options);
  const [module, files, packages] = contentsOf(source, options, packagesInMemory);
  const host = callbacks(options, turns);
  return { handle: guarded(() => template.openSync(module, files, packages, host)), turns };
}

/** What a guest is opened with besides its template, as the native part takes it. */
export function contentsOf(
  source: GuestSource,
  { files, packages }: OpenOptions,
  checked: (packages: OpenOptions['packages']) => OpenOptions['packages'] = (given) => given,
): [Module | null, FileContents | null, readonly Package[] | null] {
  return ['module' in source ? source.module : null, files ?? null, checked(packages) ?? null];
}

/** What the native part is opened with. @throws UsageError when an option is not what it has to be. */
export function templateFor(
  source: GuestSource,
  policy: SecurityPolicy,
  options: OpenOptions,
): Template {
  const { instanceId, argv, env, config } = options;
  const language = 'language' in source ? source.language : undefined;
  return guarded(() => {
    if (!instanceId && !argv && !env && !config) return templateOf(policy, language);
    return native().template(language, { policy: partsOf(policy), instanceId, argv, env, config });
  });
}

/** Nothing stays open when opening fails or is aborted. */
async function openWith(
  options: OpenOptions,
  open: (host: Callbacks) => Promise<Handle>,
): Promise<Opened> {
  throwIfAborted(options.signal);
  const turns = new Turns();
  let handle: Handle;
  try {
    handle = await open(callbacks(options, turns));
  } catch (error) {
    throw fromNative(error);
  }
  if (options.signal?.aborted) {
    await handle.dispose();
    throw cancelled(options.signal.reason);
  }
  return { handle, turns };
}

/** The options' callbacks in the native part's form. */
export function callbacks(options: OpenOptions, turns: Turns): Callbacks {
  const { host, onStdout, onStderr, onAudit } = options;
  // What a listener throws is an uncaught exception of the process, as with any event; never the guest's.
  const out: Callbacks = {};
  if (host !== undefined) {
    for (const [name, work] of Object.entries(host)) requireFunction(work, `$.host.${name}`);
    out.functions = turns.wrap(host);
  }
  if (onStdout) out.onStdout = requireFunction(onStdout, '$.onStdout');
  if (onStderr) out.onStderr = requireFunction(onStderr, '$.onStderr');
  if (onAudit) {
    const sink = requireFunction(onAudit, '$.onAudit');
    out.onAudit = (event) => sink(JSON.parse(event) as AuditEvent);
  }
  return out;
}

function requireFunction<T>(work: T, path: string): T {
  if (typeof work === 'function') return work;
  throw new UsageError('invalid_argument', `Invalid argument: ${path} is not a function`, {
    details: { path },
  });
}
