// Owns the way from an AbortSignal to the native part's cancel tokens. A cancelled call settles only
// when the guest has stopped; the signal's reason is kept as the error's cause.
import { fromNative, LifecycleError, SandboxError } from './errors.js';
import { type Handle, native, type Stop } from './native.js';
import { callerFrame } from './reentry.js';

/** How something under way is cancelled: by a token that is made for it, and says which host function asks for it. */
export interface Canceller<Token> {
  token(from: number): Token;
  cancel(token: Token): void;
  /** The call has failed, perhaps before it began. */
  forget(token: Token): void;
}

/** Calls of an open guest. */
export const callsOf = (handle: Handle): Canceller<number> => ({
  token: (from) => handle.newToken(from),
  cancel: (token) => handle.cancel(token),
  forget: (token) => handle.forget(token),
});

/** Operations that no guest is known of yet. */
export const stops: Canceller<Stop> = {
  token: (from) => native().stop(from),
  cancel: (stop) => stop.stop(),
  forget: () => {},
};

/** Starts `work` under a token that `signal` cancels; without a signal, and outside of host functions, there is none. */
export async function cancellable<Token, T>(
  canceller: Canceller<Token>,
  signal: AbortSignal | undefined,
  work: (token: Token | undefined) => Promise<T>,
): Promise<T> {
  const from = callerFrame();
  if (signal === undefined && from === 0) {
    try {
      return await work(undefined);
    } catch (error) {
      throw fromNative(error);
    }
  }
  throwIfAborted(signal);
  const token = canceller.token(from);
  const onAbort = () => canceller.cancel(token);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(token);
  } catch (error) {
    canceller.forget(token);
    throw fromNative(error, signal?.aborted && isCancelled(error) ? signal.reason : undefined);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** @throws LifecycleError `cancelled` with the signal's reason as its cause, when it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal.reason);
}

/** The error of a call that its caller cancelled. */
export function cancelled(reason: unknown): LifecycleError {
  return new LifecycleError('cancelled', 'Cancelled: the caller aborted the call', {
    cause: reason,
  });
}

function isCancelled(error: unknown): boolean {
  const known = fromNative(error);
  return known instanceof SandboxError && known.code === 'cancelled';
}
