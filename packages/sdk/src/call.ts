// Owns what every call is given, in the native part's form: the options as JSON, the arguments as an array.
import { UsageError } from './errors.js';
import { checkKeys } from './keys.js';
import { type CallOptions, callKeys } from './options.js';
import type { Value } from './values.js';

/** The options; undefined, which is the fast way, when there is nothing to say. */
export function callText(
  options: CallOptions | undefined,
  known: readonly string[] = callKeys,
): string | undefined {
  if (options === undefined) return undefined;
  checkKeys(options, known, 'a call');
  const { timeoutMs, output } = options;
  if (timeoutMs !== undefined) requireTime(timeoutMs);
  if (timeoutMs === undefined && output === undefined) return undefined;
  const wallTimeMs = timeoutMs === undefined ? undefined : Math.ceil(timeoutMs);
  return JSON.stringify({ wallTimeMs, output });
}

/** The arguments. A copy is not needed: they are converted before the call returns. */
export function argumentList(name: string, args: readonly Value[]): unknown[] {
  if (Array.isArray(args)) return args;
  const message = `Invalid argument: arguments are given as one array, as in call(${JSON.stringify(name)}, [1, 2])`;
  throw new UsageError('invalid_argument', message, { details: { path: '$.args' } });
}

/** JSON would turn NaN into null, and with it the limit into none. */
function requireTime(ms: number): void {
  if (Number.isFinite(ms) && ms > 0) return;
  const message = `Invalid argument: timeoutMs is ${String(ms)}; it has to be a number above zero`;
  throw new UsageError('invalid_argument', message, { details: { path: '$.timeoutMs' } });
}
