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
  const { stdout, stderr } = raw;
  return {
    value: raw.value as T,
    stdout: stdout === null ? '' : toText(stdout),
    stderr: stderr === null ? '' : toText(stderr),
    stdoutBytes: stdout ?? new Uint8Array(0),
    stderrBytes: stderr ?? new Uint8Array(0),
    truncated: raw.truncated,
    exitCode: raw.exitCode,
    files: raw.files,
    usage: JSON.parse(raw.usage) as Usage,
  };
}

/** Where the native part writes figures of synchronous runs; they are read before anything else runs. */
export const figures = new Float64Array(16);

/** A result out of what the native part gave and the figures that it wrote. */
export function resultWithFigures<T>(raw: unknown): RunResult<T> {
  if (figures[0] !== 1) return toResult<T>(raw as RawResult);
  const fuel = figures[12] as number;
  return {
    value: raw as T,
    stdout: '',
    stderr: '',
    stdoutBytes: new Uint8Array(0),
    stderrBytes: new Uint8Array(0),
    truncated: false,
    exitCode: null,
    files: {},
    usage: {
      wallTimeMs: figures[1] as number,
      wallTimeUs: figures[2] as number,
      cpuTimeMs: figures[3] as number,
      cpuTimeUs: figures[4] as number,
      peakMemoryBytes: figures[5] as number,
      fuelConsumed: fuel < 0 ? null : fuel,
      functionCalls: figures[6] as number,
      hostCalls: figures[7] as number,
      networkRequests: figures[8] as number,
      filesystemOps: figures[9] as number,
      outputBytes: figures[10] as number,
      auditDropped: figures[11] as number,
    },
  };
}
