// Owns Session: an interpreter that keeps its state from one run to the next.

import { argumentList, withoutSignal } from './call.js';
import { guarded, UsageError } from './errors.js';
import { Guest } from './guest.js';
import type { Handle } from './native.js';
import { callbacks, type Language, openGuest, parameterOf, policyOf, templateFor } from './open.js';
import { later } from './operation.js';
import type {
  CallOptions,
  OpenOptions,
  RestoreOptions,
  SessionRunOptions,
  SnapshotKey,
} from './options.js';
import { figures, type RunResult, resultWithFigures, toResult } from './result.js';
import type { Value } from './values.js';

/**
 * A session of a source language. When a limit, a trap or a cancel cuts a run off, its interpreter is
 * lost and the session is `closed` until `reset`; an exception of the guest leaves it as it is.
 */
export class Session extends Guest {
  /** @internal */
  constructor(handle: Handle) {
    super(handle);
  }

  /**
   * Runs source text; the value is that of the last expression. Top-level `await` is allowed.
   *
   * @throws SandboxError of the family that fits; `error.result` has the output and usage until then.
   */
  async run<T = Value>(code: string, options?: SessionRunOptions): Promise<RunResult<T>> {
    const source = text(code);
    const raw = await this.during(options?.signal, (token) =>
      this.handle.run(source, withoutSignal(options), token),
    );
    return toResult<T>(raw);
  }

  /** The same on the caller's thread, which it blocks. Host functions must not return promises. */
  runSync<T = Value>(code: string, options?: Omit<SessionRunOptions, 'signal'>): RunResult<T> {
    const [source, rest] = [text(code), withoutSignal(options)];
    return guarded(() => resultWithFigures<T>(this.handle.runSync(source, rest, figures)));
  }

  /**
   * The session as bytes: its memory, globals and files, compressed and sealed with `snapshotKey`, by default this
   * installation's own. Not in it: packages, kv, what the policy grants, what is left of budgets. The session goes on.
   */
  snapshot(options: { snapshotKey?: SnapshotKey | undefined } = {}): Promise<Uint8Array> {
    return this.invoke('Session.snapshot', { options });
  }

  /**
   * A second session that begins where this one is, with the same policy, functions and options and budgets of its own.
   * From then on neither sees the other.
   */
  async fork(): Promise<Session> {
    return new Session(await this.invoke<Handle>('Session.fork'));
  }

  /** Calls a function that earlier code defined. @throws UsageError `not_found` when there is none. */
  call<T = Value>(name: string, args: readonly Value[] = [], options?: CallOptions): Promise<T> {
    return this.during(options?.signal, (token) =>
      this.handle.call(name, argumentList(name, args), withoutSignal(options), token),
    ) as Promise<T>;
  }

  /** The same on the caller's thread, which it blocks. */
  callSync<T = Value>(
    name: string,
    args: readonly Value[] = [],
    options?: Omit<CallOptions, 'signal'>,
  ): T {
    return guarded(
      () => this.handle.callSync(name, argumentList(name, args), withoutSignal(options)) as T,
    );
  }
}

/** Opens a session of a source language. */
export async function openSession(language: Language, options: OpenOptions): Promise<Session> {
  const template = templateFor(language, policyOf(options), options);
  return new Session(await openGuest(template, null, options));
}

/** Opens the session of a snapshot. */
export async function restoreSession(
  snapshot: Uint8Array,
  options: RestoreOptions,
): Promise<Session> {
  const parameters = { snapshot, options: parameterOf(options) };
  const more = { host: callbacks(options), signal: options.signal };
  return new Session(await later<Handle>('WasmSandbox.restore', parameters, more));
}

function text(code: unknown): string {
  if (typeof code === 'string') return code;
  throw new UsageError('invalid_argument', 'Invalid argument: the code to run has to be a string', {
    details: { path: '$.code' },
  });
}
