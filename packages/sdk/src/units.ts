// Owns the names of units. They are plain numbers to TypeScript; the generators for other languages
// read them, where a `Milliseconds` becomes float seconds or a duration.

/** A span of time in milliseconds. Fractions are rounded up. */
export type Milliseconds = number;

/** A number of bytes. */
export type Bytes = number;
