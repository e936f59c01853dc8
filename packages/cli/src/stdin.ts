// Owns reading our standard input for a guest: whole, bounded, and never from a terminal.
import { UsageError } from 'wasm-sandbox';

/** All of standard input, at most `limit` bytes. */
export async function readStdin(limit: number, signal?: AbortSignal): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => process.stdin.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) {
        const message = `Invalid argument: standard input has more than the ${limit} bytes that the policy allows; raise --memory`;
        throw new UsageError('invalid_argument', message);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks, size);
}

/** Whether someone pipes or redirects something to us. */
export const isPiped = () => process.stdin.isTTY !== true;
