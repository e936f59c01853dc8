// Owns what every call is given, in the native part's form: the options without what is ours, the arguments as an array.
import { UsageError } from './errors.js';
import { checkObject } from './keys.js';
import type { Value } from './values.js';

/** Options without the signal; undefined, which is the fast way, when there are none. */
export function withoutSignal(options: object | null | undefined): object | undefined {
  if (options === undefined || options === null) return undefined;
  checkObject(options);
  const { signal, ...rest } = options as { signal?: AbortSignal };
  return rest;
}

/** The arguments. A copy is not needed: they are converted before the call returns. */
export function argumentList(name: string, args: readonly Value[]): unknown[] {
  if (Array.isArray(args)) return args;
  const message = `Invalid argument: arguments are given as one array, as in call(${JSON.stringify(name)}, [1, 2])`;
  throw new UsageError('invalid_argument', message, { details: { path: '$.args' } });
}
