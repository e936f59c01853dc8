// Owns Session: an interpreter that keeps its state from one run to the next.

import { argumentList, callText } from './call.js';
import { guarded, UsageError } from './errors.js';
import { Guest } from './guest.js';
import { checkKeys } from './keys.js';
import { type Opened, openGuest, policyOf } from './open.js';
import {
  type CallOptions,
  type OpenOptions,
  openKeys,
  type SessionRunOptions,
  sessionRunKeys,
} from './options.js';
import { toRequest } from './request.js';
import { type RunResult, toResult } from './result.js';
import type { Value } from './values.js';

/**
 * A session of a source language. When a limit, a trap or a cancel cuts a run off, its interpreter is
 * lost and the session is `closed` until `reset`; an exception of the guest leaves it as it is.
 */
export class Session extends Guest {
  /** @internal */
  constructor(opened: Opened) {
    super(opened);
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
    return guarded(() =>
      toResult<T>(this.handle.runSync(request, callText(options, sessionRunKeys))),
    );
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

/** Opens a session of JavaScript. */
export async function openJavaScript(options: OpenOptions): Promise<Session> {
  checkKeys(options, openKeys, 'a session');
  return new Session(await openGuest({ language: 'javascript' }, policyOf(options), options));
}

function text(code: unknown): string {
  if (typeof code === 'string') return code;
  throw new UsageError('invalid_argument', 'Invalid argument: the code to run has to be a string', {
    details: { path: '$.code' },
  });
}
