// Owns the fast path's wrapper: all it adds to the native callable is our error classes.
import { fromNative } from './errors.js';

/** A numeric export, resolved: numbers for i32, f32 and f64, bigints for i64; several results are an array. */
export type PreparedFunction = (
  ...args: (number | bigint)[]
) => number | bigint | null | (number | bigint)[];

/** `raw` with our errors. V8 forwards the arguments without making an array of them. */
export function prepared<T extends (...args: never[]) => unknown>(
  raw: (...args: (number | bigint)[]) => unknown,
): T {
  const call = (...args: (number | bigint)[]) => {
    try {
      return raw(...args);
    } catch (error) {
      throw fromNative(error);
    }
  };
  return call as unknown as T;
}
