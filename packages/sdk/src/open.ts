// Owns opening: options checked and brought into the native part's form, callbacks wrapped.
import { cancellable, stops } from './abort.js';
import { guarded, UsageError } from './errors.js';
import { checkObject } from './keys.js';
import { type Callbacks, type Handle, native, type Template } from './native.js';
import type { OpenOptions } from './options.js';
import { partsOf, type SecurityPolicy, templateOf, toPolicy } from './policy.js';
import { numbered } from './reentry.js';
import type { Module } from './source.js';

/** A source language that this build runs. */
export type Language = 'javascript' | 'typescript' | 'python';

/** The policy that the options ask for. */
export function policyOf(options: Pick<OpenOptions, 'policy' | 'limits'>): SecurityPolicy {
  checkObject(options);
  const policy = toPolicy(options.policy);
  return options.limits === undefined ? policy : policy.withLimits(options.limits);
}

/** Options as an operation takes them: what the native part calls back is given apart, and limits are in the policy. */
export function parameterOf<T extends OpenOptions>(options: T): object {
  const policy = partsOf(policyOf(options));
  const { host, onStdout, onStderr, onAudit, signal, limits, ...rest } = options;
  return { ...rest, policy };
}

/** Opens a module, or a session where there is none. */
export function openGuest(
  template: Template,
  module: Module | null,
  options: OpenOptions,
): Promise<Handle> {
  return cancellable(stops, options.signal, async (stop) => {
    const [host, { files = null, packages = null }] = [callbacks(options), options];
    // An interpreter that is there takes less time than asking another thread for it. Unpacking packages does not.
    if (module === null && packages === null && ready.has(template)) {
      return template.openSync(null, files, packages, host);
    }
    const handle = await template.open(module, files, packages, host, stop);
    if (module === null) ready.add(template);
    return handle;
  });
}

/** What an interpreter was opened with before, and so is loaded for. */
const ready = new WeakSet<Template>();

/**
 * What the native part is opened with.
 *
 * @throws UsageError when an option is not what it has to be, or no sandbox has it: a misspelt `policy` must never pass
 * in silence.
 */
export function templateFor(
  language: Language | undefined,
  chosen: SecurityPolicy,
  options: OpenOptions,
): Template {
  // All but these are the native part's to know.
  const { policy, limits, files, packages, ...others } = options;
  const { host, onStdout, onStderr, onAudit, signal, ...rest } = others;
  return guarded(() => {
    if (Object.values(rest).every((value) => value === undefined)) {
      return templateOf(chosen, language);
    }
    return native().template(language, { ...rest, policy: partsOf(chosen) });
  });
}

/** The options' callbacks in the native part's form. */
export function callbacks(options: OpenOptions): Callbacks {
  const { host, onStdout, onStderr, onAudit } = options;
  // What a listener throws is an uncaught exception of the process, as with any event; never the guest's.
  const out: Callbacks = {};
  if (host !== undefined) {
    for (const [name, work] of Object.entries(host)) requireFunction(work, `$.host.${name}`);
    out.functions = numbered(host);
  }
  if (onStdout) out.onStdout = requireFunction(onStdout, '$.onStdout');
  if (onStderr) out.onStderr = requireFunction(onStderr, '$.onStderr');
  if (onAudit) out.onAudit = requireFunction(onAudit, '$.onAudit');
  return out;
}

function requireFunction<T>(work: T, path: string): T {
  if (typeof work === 'function') return work;
  throw new UsageError('invalid_argument', `Invalid argument: ${path} is not a function`, {
    details: { path },
  });
}
