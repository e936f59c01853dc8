// Owns the names of units. They are plain numbers to TypeScript; the generators for other languages
// read them, where a `Milliseconds` becomes float seconds or a duration.

/** A span of time in milliseconds. Fractions are rounded up. */
export type Milliseconds = number;

/** A number of bytes. */
export type Bytes = number;

/** A limit as a whole number, rounded up so that none becomes zero; nothing when none was given. */
export function orNothing(limit: number | null | undefined): number | undefined {
  if (limit === null || limit === undefined) return undefined;
  // Anything that is no number is left to the policy to refuse.
  return typeof limit === 'number' ? Math.ceil(limit) : limit;
}
