// Owns where a module comes from: what lies at an address is fetched here. Reading files, and what is in a module, is the
// native part's business.
import { fileURLToPath } from 'node:url';
import { throwIfAborted } from './abort.js';
import { type DownloadOptions, download } from './download.js';
import { UsageError } from './errors.js';
import type { Bytes } from './units.js';

/** A module: the path of a file, an https or file URL, or its bytes. */
export type Source = string | URL | Uint8Array | ArrayBuffer;

/** A module as the native part takes it: its bytes, or a path. */
export type Module = Uint8Array | ArrayBuffer | string;

/** The source as such a module. `maxBytes` is of what is fetched. */
export async function moduleOf(
  source: Source,
  options: DownloadOptions & { maxBytes: Bytes },
): Promise<Module> {
  throwIfAborted(options.signal);
  const url = toUrl(source);
  if (url === undefined) return source as Module;
  return url.protocol === 'file:' ? fileURLToPath(url) : download(url, options);
}

/** A web address. @throws UsageError `invalid_argument` for anything that is none. */
export function webAddress(url: string | URL): URL {
  if (url instanceof URL) return url;
  if (typeof url === 'string' && URL.canParse(url)) return new URL(url);
  const message =
    'Invalid argument: the address is not a URL; give one such as https://example.com/a.wasm';
  throw new UsageError('invalid_argument', message, { details: { path: '$.url' } });
}

/** The URL that a source is, if it is one. */
export function toUrl(source: Source | undefined): URL | undefined {
  if (source instanceof URL) return source;
  if (typeof source !== 'string') return undefined;
  // A scheme of one letter is a drive.
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(source) && URL.canParse(source)
    ? new URL(source)
    : undefined;
}
