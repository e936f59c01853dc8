// Owns opening: options checked and brought into the native part's form, callbacks wrapped.
import { cancelled, stops, throwIfAborted } from './abort.js';
import { fromNative, guarded, UsageError } from './errors.js';
import type { AuditEvent } from './generated/result.js';
import {
  type Callbacks,
  type Handle,
  type NativePackage,
  native,
  type RawResult,
  type Request,
  type Template,
} from './native.js';
import type { OpenOptions } from './options.js';
import { packagesInMemory, readPackages } from './packages.js';
import { effectiveText, type SecurityPolicy, templateOf, toPolicy } from './policy.js';
import { Turns } from './reentry.js';
import { inTurn } from './turn.js';
import { toFiles } from './values.js';

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

/** What is run: a module's bytes, or a session of a language. */
export type GuestSource = Uint8Array | { language: Language };

/** Opens it. */
export function openGuest(
  source: GuestSource,
  policy: SecurityPolicy,
  options: OpenOptions,
): Promise<Opened> {
  return openWith(options, async (host, packages) => {
    const template = templateFor(source, policy, options);
    const [bytes, files] = [bytesOf(source), toFiles(options.files)];
    // An interpreter that is there takes less time than asking another thread for it. Unpacking packages does not.
    if (bytes === null && packages === null && ready.has(template)) {
      return template.openSync(null, files, packages, host);
    }
    const handle = await template.open(bytes, files, packages, host);
    if (bytes === null) ready.add(template);
    return handle;
  });
}

/** Opens it, runs once and gives everything back, in one crossing. */
export async function runGuest(
  source: GuestSource,
  policy: SecurityPolicy,
  options: OpenOptions,
  request: Request,
  settings: string | undefined,
): Promise<RawResult> {
  const { packages: given, signal } = options;
  const turns = new Turns();
  const host = callbacks(options, turns);
  const packages = given === undefined ? null : await readPackages(given, signal);
  const template = templateFor(source, policy, options);
  const files = toFiles(options.files);
  return inTurn(turns, stops, signal, (stop) =>
    template.run(bytesOf(source), files, packages, host, request, settings, stop),
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
  const files = toFiles(options.files);
  const packages = packagesInMemory(options.packages);
  const host = callbacks(options, turns);
  return {
    handle: guarded(() => template.openSync(bytesOf(source), files, packages, host)),
    turns,
  };
}

/** Opens the session of a snapshot. */
export function openSnapshot(
  image: Uint8Array,
  key: Uint8Array | null,
  policy: SecurityPolicy,
  options: OpenOptions,
): Promise<Opened> {
  return openWith(options, (host, packages) => {
    const files = toFiles(options.files);
    return templateFor(none, policy, options).restore(image, key, files, packages, host);
  });
}

/** Opens a second session that begins where `parent` is, with the same options; it shares the packages. */
export function openFork(
  parent: Handle,
  policy: SecurityPolicy,
  options: OpenOptions,
): Promise<Opened> {
  const { instanceId: _, signal: __, packages: ___, ...same } = options;
  return openWith(same, (host) => parent.fork(templateFor(none, policy, same), host));
}

/** Whoever is asked to open it knows what it is. */
const none = new Uint8Array(0);

/** The source as the native part takes it. */
export const bytesOf = (source: GuestSource) => (source instanceof Uint8Array ? source : null);

/** What the native part is opened with. @throws UsageError when an option is not what it has to be. */
export function templateFor(
  source: GuestSource,
  policy: SecurityPolicy,
  options: OpenOptions,
): Template {
  const { instanceId, argv, env, config } = options;
  const language = source instanceof Uint8Array ? '' : source.language;
  if (!instanceId && !argv && !env && !config) return guarded(() => templateOf(policy, language));
  const rest = JSON.stringify({
    ...(source instanceof Uint8Array ? {} : source),
    instanceId,
    argv,
    env: env && Object.entries(env),
    config,
  });
  // The policy is JSON already.
  const text = `{"policy":${effectiveText(policy)}${rest === '{}' ? '' : `,${rest.slice(1, -1)}`}}`;
  return guarded(() => native().template(text));
}

/** Nothing stays open when opening fails or is aborted. */
async function openWith(
  options: OpenOptions,
  open: (host: Callbacks, packages: NativePackage[] | null) => Promise<Handle>,
): Promise<Opened> {
  throwIfAborted(options.signal);
  const turns = new Turns();
  let handle: Handle;
  try {
    const host = callbacks(options, turns);
    const { packages, signal } = options;
    handle = await open(host, packages === undefined ? null : await readPackages(packages, signal));
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
