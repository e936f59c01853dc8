// Owns fetching a module from the network, for the host's own account: https at every step, a few
// redirects, a size limit while it arrives, and a checksum where one is given.
import { createHash } from 'node:crypto';
import { cancelled } from './abort.js';
import { ResourceLimitError, SandboxError, UsageError } from './errors.js';
import type { Bytes, Milliseconds } from './units.js';

/** How a module is fetched. */
export interface DownloadOptions {
  /** SHA-256 of the module in hexadecimal; anything else is refused. */
  sha256?: string | undefined;
  /** Size limit; by default the policy's `moduleBytes`. */
  maxBytes?: Bytes | undefined;
  /** Elapsed time for all of it. Default 30 s. */
  timeoutMs?: Milliseconds | undefined;
  /** Redirects that are followed, each over https. Default 5. */
  maxRedirects?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Stands in for the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

/**
 * The bytes behind an https address.
 *
 * @throws UsageError `invalid_argument` (no https), `not_found` (no such module, no answer),
 * `invalid_module` (wrong checksum); ResourceLimitError `module_limit`; LifecycleError `cancelled`.
 */
export async function download(url: URL, options: DownloadOptions & { maxBytes: Bytes }) {
  const { signal, timeoutMs = 30_000 } = options;
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    if (signal?.aborted) throw cancelled(signal.reason);
    const response = await follow(url, options, stop.signal);
    const bytes = await collect(response, url, options.maxBytes);
    checkDigest(bytes, options.sha256);
    return bytes;
  } catch (error) {
    stop.abort();
    if (error instanceof SandboxError) throw error;
    if (signal?.aborted) throw cancelled(signal.reason);
    throw unreachable(
      url,
      stop.signal.aborted ? `no answer within ${timeoutMs} ms` : 'no connection',
      error,
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

async function follow(url: URL, options: DownloadOptions, signal: AbortSignal): Promise<Response> {
  const { fetch = globalThis.fetch, maxRedirects = 5 } = options;
  let next = url;
  for (let step = 0; step <= maxRedirects; step++) {
    requireHttps(next);
    const response = await fetch(next, { redirect: 'manual', credentials: 'omit', signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) {
      if (response.ok) return response;
      await response.body?.cancel();
      throw unreachable(next, `the server answered ${response.status}`, undefined, response.status);
    }
    await response.body?.cancel();
    next = new URL(location, next);
  }
  throw unreachable(url, `more than ${maxRedirects} redirects`);
}

function requireHttps(url: URL): void {
  if (url.protocol === 'https:' && url.username === '' && url.password === '') return;
  const why =
    url.protocol === 'https:'
      ? 'an address with credentials'
      : `an address of kind ${url.protocol}`;
  const message = `Invalid argument: modules are fetched over https only, not from ${why} (${shown(url)})`;
  throw new UsageError('invalid_argument', message, { details: { url: shown(url) } });
}

async function collect(response: Response, url: URL, limit: Bytes): Promise<Uint8Array> {
  const announced = Number(response.headers.get('content-length') ?? 0);
  if (announced > limit) {
    await response.body?.cancel();
    throw tooLarge(url, limit, announced);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(url, limit, size);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, size));
}

function checkDigest(bytes: Uint8Array, sha256: string | undefined): void {
  if (sha256 === undefined) return;
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === sha256.toLowerCase()) return;
  const message = `Invalid module: its SHA-256 is ${actual}, not the one that was asked for`;
  throw new UsageError('invalid_module', message, { details: { expected: sha256, actual } });
}

/** Without query and credentials, which may be secrets. */
const shown = (url: URL) => `${url.protocol}//${url.host}${url.pathname}`;

function unreachable(url: URL, why: string, cause?: unknown, status?: number): UsageError {
  const details = { url: shown(url), ...(status === undefined ? {} : { status }) };
  return new UsageError('not_found', `Not found: ${shown(url)}: ${why}`, { details, cause });
}

function tooLarge(url: URL, limit: Bytes, used: Bytes): ResourceLimitError {
  const message = `Module limit exceeded: ${shown(url)} is larger than ${limit} bytes (moduleBytes)`;
  return new ResourceLimitError('module_limit', message, {
    details: { field: 'moduleBytes', limit, used },
  });
}
