// Owns operations by name. What an operation does is the native part's, the same in every language; here is how one is
// asked for, with our errors and signals. What takes time of its own at every call (runs, calls) has shorter ways.
import { cancellable, stops } from './abort.js';
import { guarded } from './errors.js';
import { type Callbacks, native, type Target } from './native.js';

/** Does one on the caller's thread; `host` is of what it opens. */
export function now<T>(
  operation: string,
  parameters: object,
  target: Target = null,
  host: Callbacks | null = null,
): T {
  return guarded(() => native().invokeSync(target, operation, parameters, host) as T);
}

/** Begins one; `host` is of what it opens, `signal` ends it. */
export function later<T>(
  operation: string,
  parameters: object,
  more: { target?: Target; host?: Callbacks; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const { target = null, host = null, signal } = more;
  return cancellable(
    stops,
    signal,
    (stop) => native().invoke(target, operation, parameters, host, stop ?? null) as Promise<T>,
  );
}
