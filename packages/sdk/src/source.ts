// Owns getting a module's bytes from wherever its user has them, without blocking and without reading
// more than the limit. What is in the bytes is the native part's business.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { throwIfAborted } from './abort.js';
import { type DownloadOptions, download } from './download.js';
import { ResourceLimitError, UsageError } from './errors.js';
import type { Bytes } from './units.js';

/** A module: the path of a file, an https or file URL, or its bytes. */
export type Source = string | URL | Uint8Array | ArrayBuffer;

/** The source's bytes. `maxBytes` is the limit `moduleBytes`. */
export async function readSource(
  source: Source,
  options: DownloadOptions & { maxBytes: Bytes },
): Promise<Uint8Array> {
  throwIfAborted(options.signal);
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source !== 'string' && !(source instanceof URL)) {
    const message = `Invalid argument: a source is a path, a URL or bytes, not ${source === null ? 'null' : `a ${typeof source}`}`;
    throw new UsageError('invalid_argument', message, { details: { path: '$.source' } });
  }
  const url = toUrl(source);
  if (url === undefined) return readFile(source as string, options.maxBytes);
  if (url.protocol === 'file:') return readFile(fileURLToPath(url), options.maxBytes);
  return download(url, options);
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

async function readFile(path: string, limit: Bytes): Promise<Uint8Array> {
  // The folder stays out of messages: they may reach people who should not know the host.
  const name = basename(path);
  const file = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(name, error);
  });
  try {
    const stat = await file.stat();
    if (stat.size > limit) throw tooLarge(name, limit, stat.size);
    if (stat.isDirectory()) throw unreadable(name, { code: 'EISDIR' });
    // A pipe or a device has no size and may never end.
    if (!stat.isFile()) throw unreadable(name, { code: 'not a regular file' });
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

function unreadable(name: string, error: unknown): UsageError {
  const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
  const words: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'it may not be read',
    EISDIR: 'it is a folder',
  };
  return new UsageError('not_found', `Not found: ${name}: ${words[reason] ?? reason}`, {
    details: { name, reason },
  });
}

function tooLarge(name: string, limit: Bytes, used: Bytes): ResourceLimitError {
  return new ResourceLimitError(
    'module_limit',
    `Module limit exceeded: ${name} has ${used} bytes, ${limit} are allowed (moduleBytes)`,
    { details: { field: 'moduleBytes', limit, used } },
  );
}
