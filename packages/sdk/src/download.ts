// Owns the way of a download: one request of `fetch` after the other, within their time. What is an address, where it may
// lead, how much may come, and whether that is what was asked for, is decided by the native part.
import { cancelled, throwIfAborted } from './abort.js';
import { guarded, SandboxError } from './errors.js';
import { native } from './native.js';
import { now } from './operation.js';
import { partsOf, type SecurityPolicy } from './policy.js';
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

/** One under way, as the native part has it. It goes back there as it is. */
export interface Download {
  /** What is to be asked for. */
  readonly url: string;
  /** Whether it has answered, and its body is to be read: up to one byte more than `maxBytes`. */
  readonly read: boolean;
  readonly maxBytes: Bytes;
  readonly timeoutMs: Milliseconds;
}

/** The download of `url`, which has to be an address, or of `source`: null where that is none. @throws UsageError */
export function downloadOf(
  what: { url: string } | { source: string },
  policy: SecurityPolicy,
  { signal, fetch, ...options }: DownloadOptions,
): Download | null {
  return now('Download.of', { ...what, options: { ...options, policy: partsOf(policy) } });
}

/**
 * The bytes.
 *
 * @throws UsageError `invalid_argument` (no https), `not_found` (no such module, no answer),
 * `invalid_module` (wrong checksum); ResourceLimitError `module_limit`; LifecycleError `cancelled`.
 */
export async function download(
  asked: Download,
  { signal, fetch = globalThis.fetch }: DownloadOptions = {},
): Promise<Uint8Array> {
  throwIfAborted(signal);
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, asked.timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await follow(asked, fetch, stop.signal);
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    if (signal?.aborted) throw cancelled(signal.reason);
    const given = { download: asked, late: stop.signal.aborted };
    return guarded(() => native().invokeSync(null, 'Download.failed', given, null), error) as never;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

async function follow(
  download: Download,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const response = await fetch(download.url, { redirect: 'manual', credentials: 'omit', signal });
  const { status, headers } = response;
  const [location, length] = [headers.get('location'), headers.get('content-length')];
  let next: Download;
  try {
    next = now<Download>('Download.answered', { download, status, location, length });
    if (next.read) {
      const bytes = await collect(response, next.maxBytes);
      now('Download.arrived', { download: next, bytes });
      return bytes;
    }
  } finally {
    // What is not read of a body would keep its connection.
    response.body?.cancel().catch(() => {});
  }
  return follow(next, fetch, signal);
}

/** All of a body, or more than `most` bytes of it. */
async function collect(response: Response, most: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    chunks.push(chunk);
    if (size > most) break;
  }
  return new Uint8Array(Buffer.concat(chunks, size));
}
