// Owns the way from an AbortSignal to the native part's cancel tokens. A cancelled call settles only
// when the guest has stopped; the signal's reason is kept as the error's cause.
import { fromNative, LifecycleError, SandboxError } from './errors.js';
import type { Handle } from './native.js';

/** Starts `work` under a token that `signal` cancels. */
export async function cancellable<T>(
  handle: Handle,
  signal: AbortSignal | undefined,
  work: (token: number) => Promise<T>,
): Promise<T> {
  if (signal === undefined) {
    try {
      return await work(0);
    } catch (error) {
      throw fromNative(error);
    }
  }
  throwIfAborted(signal);
  const token = handle.newToken();
  const onAbort = () => handle.cancel(token);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(token);
  } catch (error) {
    throw fromNative(error, signal.aborted && isCancelled(error) ? signal.reason : undefined);
  } finally {
    signal.removeEventListener('abort', onAbort);
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
