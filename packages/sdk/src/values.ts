// Owns the types of what crosses between host and guest. Conversion itself is done by the native
// part, so that nothing here decides what fits.

/**
 * A value that crosses the boundary exactly: null, booleans, numbers (NaN, infinities and -0
 * included), bigints of any size, well-formed strings, bytes (`Uint8Array`, `ArrayBuffer`), `Date`,
 * arrays, `Map`, `Set` (as a list), typed arrays (as a list) and plain objects. `undefined` crosses as
 * null. Cyclic values, functions, symbols and lone surrogates are refused with `invalid_argument`,
 * whose `details.path` names the place, such as `$.a[3]`.
 */
export type Value = unknown;

/**
 * A function of the host that a guest may call by its name. It may return a promise; guests await it.
 * What it throws is raised in the guest as an exception with the error's name and message.
 */
export type HostFunction = (...args: never[]) => unknown;

/** Host functions by the names under which guests find them. */
export type HostFunctions = Readonly<Record<string, HostFunction>>;

/** Receives output as it comes, in the guest's own pieces, which may end in the middle of a character. */
export type OutputCallback = (chunk: Uint8Array) => void;

/** Files of a guest's in-memory tree by absolute path; text is written as UTF-8. */
export type FileContents = Readonly<Record<string, string | Uint8Array>>;

/** What an Extism plug-in's output is taken for; by default it follows the input. */
export type OutputFormat = 'string' | 'bytes' | 'json';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text as UTF-8. */
export function toBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** UTF-8 as text; what is malformed becomes U+FFFD. */
export function toText(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : decoder.decode(bytes);
}
