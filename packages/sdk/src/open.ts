// Owns opening: options checked and brought into the native part's form, callbacks wrapped.
import { cancelled, throwIfAborted } from './abort.js';
import { fromNative, UsageError } from './errors.js';
import type { AuditEvent } from './generated/result.js';
import { type Callbacks, type Handle, native } from './native.js';
import type { OpenOptions } from './options.js';
import { effectiveText, type SecurityPolicy, toPolicy } from './policy.js';
import { Turns } from './reentry.js';
import { toFiles } from './values.js';

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

/** Opens a module's bytes, or a session of `language`. Nothing stays open when it fails or is aborted. */
export async function openGuest(
  source: Uint8Array | { language: 'javascript' },
  policy: SecurityPolicy,
  options: OpenOptions,
): Promise<Opened> {
  throwIfAborted(options.signal);
  const turns = new Turns();
  const isModule = source instanceof Uint8Array;
  const rest = JSON.stringify({
    ...(isModule ? {} : source),
    instanceId: options.instanceId,
    argv: options.argv,
    env: options.env && Object.entries(options.env),
    config: options.config,
  });
  // The policy is JSON already.
  const text = `{"policy":${effectiveText(policy)}${rest === '{}' ? '' : `,${rest.slice(1, -1)}`}}`;
  let handle: Handle;
  try {
    const bytes = isModule ? source : null;
    handle = await native().open(bytes, text, toFiles(options.files), callbacks(options, turns));
  } catch (error) {
    throw fromNative(error);
  }
  if (options.signal?.aborted) {
    await handle.dispose();
    throw cancelled(options.signal.reason);
  }
  return { handle, turns };
}

function callbacks(options: OpenOptions, turns: Turns): Callbacks {
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
