// Owns what a run gives back, as users see it, and its making from the native part's form.
import type { Usage } from './generated/result.js';
import type { RawResult } from './native.js';
import { toText, type Value } from './values.js';

/** The outcome of one run or call. */
export interface RunResult<T = Value> {
  /** The last expression's value, or what the called function returned. */
  value: T;
  /** What the guest wrote, as text; malformed UTF-8 shows as U+FFFD. */
  stdout: string;
  stderr: string;
  /** The same, byte for byte. */
  stdoutBytes: Uint8Array;
  stderrBytes: Uint8Array;
  /** Whether output was dropped because of `outputBytes`. */
  truncated: boolean;
  /** Exit status of a WASI command; null for anything else. */
  exitCode: number | null;
  /** Files that the guest made or changed, by absolute path. */
  files: Record<string, Uint8Array>;
  /** Time, memory and calls that it took. */
  usage: Usage;
}

/** A result out of the native part's form. */
export function toResult<T>(raw: RawResult): RunResult<T> {
  return {
    value: raw.value as T,
    stdout: toText(raw.stdout),
    stderr: toText(raw.stderr),
    stdoutBytes: raw.stdout,
    stderrBytes: raw.stderr,
    truncated: raw.truncated,
    exitCode: raw.exitCode,
    files: raw.files,
    usage: JSON.parse(raw.usage) as Usage,
  };
}

/** What a failed run had produced, out of an error's JSON, where bytes are base64. */
export function resultOfError(data: unknown): RunResult | undefined {
  if (data === null || typeof data !== 'object') return undefined;
  const { stdout, stderr, files, ...rest } = data as ErrorResult;
  const [out, err] = [bytes(stdout), bytes(stderr)];
  return {
    value: null,
    stdout: toText(out),
    stderr: toText(err),
    stdoutBytes: out,
    stderrBytes: err,
    truncated: rest.truncated ?? false,
    exitCode: rest.exitCode ?? null,
    files: Object.fromEntries(
      Object.entries(files ?? {}).map(([path, text]) => [path, bytes(text)]),
    ),
    usage: rest.usage,
  };
}

interface ErrorResult {
  stdout?: string;
  stderr?: string;
  truncated?: boolean;
  exitCode?: number | null;
  files?: Record<string, string>;
  usage: Usage;
}

function bytes(base64: string | undefined): Uint8Array {
  return base64 ? new Uint8Array(Buffer.from(base64, 'base64')) : new Uint8Array();
}
