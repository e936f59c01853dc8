// Owns Session: an interpreter that keeps its state from one run to the next.

import { argumentList, callText } from './call.js';
import { guarded, UsageError } from './errors.js';
import { Guest } from './guest.js';
import { checkKeys } from './keys.js';
import { type Language, type Opened, openFork, openGuest, openSnapshot, policyOf } from './open.js';
import {
  type CallOptions,
  type OpenOptions,
  openKeys,
  type RestoreOptions,
  restoreKeys,
  type SessionRunOptions,
  type SnapshotKey,
  sessionRunKeys,
} from './options.js';
import type { SecurityPolicy } from './policy.js';
import { toRequest } from './request.js';
import { figures, type RunResult, resultWithFigures, toResult } from './result.js';
import { toBytes, type Value } from './values.js';

/**
 * A session of a source language. When a limit, a trap or a cancel cuts a run off, its interpreter is
 * lost and the session is `closed` until `reset`; an exception of the guest leaves it as it is.
 */
export class Session extends Guest {
  readonly #policy: SecurityPolicy;
  readonly #options: OpenOptions;

  /** @internal */
  constructor(opened: Opened, policy: SecurityPolicy, options: OpenOptions) {
    super(opened);
    this.#policy = policy;
    // The native part has them; a fork gets them there.
    const { packages: _, ...rest } = options;
    this.#options = rest;
  }

  /**
   * Runs source text; the value is that of the last expression. Top-level `await` is allowed.
   *
   * @throws SandboxError of the family that fits; `error.result` has the output and usage until then.
   */
  async run<T = Value>(code: string, options: SessionRunOptions = {}): Promise<RunResult<T>> {
    const request = toRequest(text(code), options);
    const raw = await this.during(options.signal, (token) =>
      this.handle.run(request, callText(options, sessionRunKeys), token),
    );
    return toResult<T>(raw);
  }

  /** The same on the caller's thread, which it blocks. Host functions must not return promises. */
  runSync<T = Value>(code: string, options: Omit<SessionRunOptions, 'signal'> = {}): RunResult<T> {
    const request = toRequest(text(code), options);
    const settings = callText(options, sessionRunKeys);
    return guarded(() => resultWithFigures<T>(this.handle.runSync(request, settings, figures)));
  }

  /**
   * The session as bytes: its memory, globals and files, compressed and sealed with `snapshotKey`, by default this
   * installation's own. Not in it: packages, kv, what the policy grants, what is left of budgets. The session goes on.
   */
  snapshot(options: { snapshotKey?: SnapshotKey | undefined } = {}): Promise<Uint8Array> {
    const key = keyBytes(options.snapshotKey);
    return this.during(undefined, () => this.handle.snapshot(key));
  }

  /**
   * A second session that begins where this one is, with the same policy, functions and options and budgets of its own.
   * From then on neither sees the other.
   */
  async fork(): Promise<Session> {
    const opened = this.during(undefined, () => openFork(this.handle, this.#policy, this.#options));
    return new Session(await opened, this.#policy, this.#options);
  }

  /** Calls a function that earlier code defined. @throws UsageError `not_found` when there is none. */
  call<T = Value>(name: string, args: readonly Value[] = [], options?: CallOptions): Promise<T> {
    return this.during(options?.signal, (token) =>
      this.handle.call(name, argumentList(name, args), callText(options), token),
    ) as Promise<T>;
  }

  /** The same on the caller's thread, which it blocks. */
  callSync<T = Value>(
    name: string,
    args: readonly Value[] = [],
    options?: Omit<CallOptions, 'signal'>,
  ): T {
    return guarded(
      () => this.handle.callSync(name, argumentList(name, args), callText(options)) as T,
    );
  }
}

/** Opens a session of a source language. */
export async function openSession(language: Language, options: OpenOptions): Promise<Session> {
  checkKeys(options, openKeys, 'a session');
  const policy = policyOf(options);
  return new Session(await openGuest({ language }, policy, options), policy, options);
}

/** Opens the session of a snapshot. */
export async function restoreSession(image: Uint8Array, options: RestoreOptions): Promise<Session> {
  checkKeys(options, restoreKeys, 'a session');
  const { snapshotKey, ...rest } = options;
  const policy = policyOf(rest);
  return new Session(await openSnapshot(image, keyBytes(snapshotKey), policy, rest), policy, rest);
}

function keyBytes(key: SnapshotKey | undefined): Uint8Array | null {
  if (key === undefined) return null;
  if (key.length > 0) return toBytes(key);
  throw new UsageError('invalid_argument', 'Invalid argument: snapshotKey is empty', {
    details: { path: '$.snapshotKey' },
  });
}

function text(code: unknown): string {
  if (typeof code === 'string') return code;
  throw new UsageError('invalid_argument', 'Invalid argument: the code to run has to be a string', {
    details: { path: '$.code' },
  });
}
