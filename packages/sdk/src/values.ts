// Owns the types of what crosses between host and guest. Conversion itself is done by the native
// part, so that nothing here decides what fits.
import type { Bytes } from './units.js';

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

/** Text as UTF-8; bytes as they are. */
export function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? encoder.encode(content) : content;
}

/** UTF-8 as text; what is malformed becomes U+FFFD. */
export function toText(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : decoder.decode(bytes);
}

/** Every file as bytes, in an object without a prototype, so that no name is special. */
export function toFiles(files: FileContents | undefined): Record<string, Uint8Array> | null {
  if (files === undefined) return null;
  const out: Record<string, Uint8Array> = Object.create(null);
  for (const [path, content] of Object.entries(files)) out[path] = toBytes(content);
  return out;
}

/** Bytes of a text or of bytes, as the guest will receive them. */
export function byteLength(content: string | Uint8Array): Bytes {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
}
