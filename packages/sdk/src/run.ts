// Owns the one-liner: open, run once, dispose. And `execute`, which tells a failure in a record.
import { guarded, SandboxError, UsageError } from './errors.js';
import type { Usage } from './generated/result.js';
import { checkKeys } from './keys.js';
import {
  contentsOf,
  type Language,
  openGuestSync,
  policyOf,
  runGuest,
  templateFor,
} from './open.js';
import { type OpenOptions, openKeys, type SessionRunOptions, sessionRunKeys } from './options.js';
import { packagesInMemory } from './packages.js';
import { figures, type RunResult, resultWithFigures, toResult } from './result.js';
import { moduleOf, type Source } from './source.js';
import type { Value } from './values.js';

/** What is run, and how. Exactly one of `python`, `javascript`, `typescript` and `wasm` is given. */
export interface RunOptions extends OpenOptions, Omit<SessionRunOptions, 'files'> {
  /** JavaScript source; the value is that of the last expression. */
  javascript?: string | undefined;
  /** TypeScript source: its types are taken out, not checked, and the rest runs as JavaScript. */
  typescript?: string | undefined;
  /** A module: with `call` one of its functions, otherwise the WASI command that it is. */
  wasm?: Source | undefined;
  /** Python source; the value is that of the last expression. */
  python?: string | undefined;
}

const kinds = ['python', 'javascript', 'typescript', 'wasm'] as const;
const keys = [...new Set([...kinds, ...openKeys, ...sessionRunKeys])];
const syncKeys = keys.filter((key) => key !== 'signal');

/**
 * Runs untrusted code once, in a sandbox of its own, and gives back its value, output and usage.
 *
 * @throws SandboxError of the family that fits; `error.result` has the output and usage until then.
 * A non-zero exit status is `guest_exit`.
 */
export async function run<T = Value>(options: RunOptions): Promise<RunResult<T>> {
  checkKeys(options, keys, 'run');
  const kind = kindOf(options);
  const policy = policyOf(options);
  const { signal } = options;
  const source =
    kind === 'wasm'
      ? { module: await moduleOf(options.wasm as Source, policy, { signal }) }
      : { language: kind };
  const code = kind === 'wasm' ? undefined : options[kind];
  return toResult<T>(await runGuest(source, policy, options, code, ofTheRun(options)));
}

/**
 * The same on the caller's thread, which it blocks: for short code. Host functions must not return promises; a module is
 * given as bytes, and so are packages, unless as files.
 */
export function runSync<T = Value>(options: Omit<RunOptions, 'signal'>): RunResult<T> {
  checkKeys(options, syncKeys, 'runSync');
  const kind = kindOf(options);
  const source = kind === 'wasm' ? { module: moduleBytes(options.wasm) } : { language: kind };
  const policy = policyOf(options);
  const code = kind === 'wasm' ? undefined : options[kind];
  const rest = ofTheRun(options);
  if (!options.host && !options.onStdout && !options.onStderr && !options.onAudit) {
    const template = templateFor(source, policy, options);
    const [module, files, packages] = contentsOf(source, options, packagesInMemory);
    return guarded(() =>
      resultWithFigures<T>(template.runSync(module, files, packages, code, rest, figures)),
    );
  }
  const { handle } = openGuestSync(source, policy, options);
  try {
    return guarded(() => resultWithFigures<T>(handle.runSync(code, rest, figures)));
  } finally {
    handle.release();
  }
}

/** What the run has of its own, if anything. Files, variables and arguments belong to the sandbox, which lives as long. */
function ofTheRun(options: RunOptions): object | undefined {
  let rest: Record<string, unknown> | undefined;
  for (const key of ['inputs', 'file', 'call', 'args', 'stdin', 'timeoutMs', 'output'] as const) {
    if (options[key] === undefined) continue;
    rest ??= {};
    rest[key] = options[key];
  }
  return rest;
}

function moduleBytes(source: Source | undefined): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const message =
    'Invalid argument: runSync takes a module as bytes; run reads files and addresses';
  throw new UsageError('invalid_argument', message, { details: { path: '$.wasm' } });
}

/** A run told as a record. */
export interface ExecutionRecord<T = Value> {
  success: boolean;
  /** The value; null when it failed. */
  value: T | null;
  /** What the guest wrote to standard output. */
  output: string;
  /** What went wrong; null when nothing did. */
  error: SandboxError | null;
  usage: Usage;
}

/**
 * `run` for callers who want a record instead of an exception.
 *
 * @throws UsageError when the call itself is wrong; every other failure is in the record.
 */
export async function execute<T = Value>(options: RunOptions): Promise<ExecutionRecord<T>> {
  try {
    const { value, stdout, usage } = await run<T>(options);
    return { success: true, value, output: stdout, error: null, usage };
  } catch (error) {
    if (!(error instanceof SandboxError) || error instanceof UsageError) throw error;
    const { stdout = '', usage = nothingUsed() } = error.result ?? {};
    return { success: false, value: null, output: stdout, error, usage };
  }
}

function kindOf(options: RunOptions): Language | 'wasm' {
  const given = kinds.filter((kind) => options[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    const what = kind === undefined ? 'nothing' : given.join(' and ');
    const message = `Invalid argument: run takes exactly one of ${kinds.join(', ')}; ${what} was given`;
    throw new UsageError('invalid_argument', message, { details: { given } });
  }
  if (kind !== 'wasm' && typeof options[kind] !== 'string') {
    const message = 'Invalid argument: the code to run has to be a string';
    throw new UsageError('invalid_argument', message, { details: { path: `$.${kind}` } });
  }
  return kind;
}

/** For a run that never began. */
function nothingUsed(): Usage {
  return {
    wallTimeMs: 0,
    wallTimeUs: 0,
    cpuTimeMs: 0,
    cpuTimeUs: 0,
    peakMemoryBytes: 0,
    fuelConsumed: null,
    functionCalls: 0,
    hostCalls: 0,
    networkRequests: 0,
    filesystemOps: 0,
    outputBytes: 0,
    auditDropped: 0,
  };
}
