// Owns the one-liner: open, run once, dispose. And `execute`, which tells a failure in a record.
import { cancellable, stops } from './abort.js';
import { download } from './download.js';
import { guarded, SandboxError, UsageError } from './errors.js';
import type { Usage } from './generated/result.js';
import { checkObject } from './keys.js';
import { callbacks, type Language, policyOf } from './open.js';
import type { OpenOptions, SessionRunOptions } from './options.js';
import { packagesInMemory } from './packages.js';
import { templateOf } from './policy.js';
import { figures, type RunResult, resultWithFigures, toResult } from './result.js';
import { asked, moduleOf, type Source } from './source.js';
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

/**
 * Runs untrusted code once, in a sandbox of its own, and gives back its value, output and usage.
 *
 * @throws SandboxError of the family that fits; `error.result` has the output and usage until then.
 * A non-zero exit status is `guest_exit`.
 */
export async function run<T = Value>(options: RunOptions): Promise<RunResult<T>> {
  checkObject(options, 'run takes');
  const { signal, ...given } = options;
  const { language, code, rest } = parts(given);
  const { wasm, files = null, packages = null } = given;
  const policy = policyOf(given);
  const module = wasm === undefined ? null : await moduleOf(wasm, policy, { signal });
  const host = callbacks(given);
  const template = guarded(() => templateOf(policy, language));
  const raw = await cancellable(stops, signal, (stop) =>
    template.run(module, files, packages, host, code, rest, stop),
  );
  return toResult<T>(raw);
}

/**
 * The same on the caller's thread, which it blocks: for short code. Host functions must not return promises; a module is
 * given as bytes, and so are packages, unless as files.
 */
export function runSync<T = Value>(options: Omit<RunOptions, 'signal'>): RunResult<T> {
  checkObject(options, 'runSync takes');
  const { language, code, rest } = parts(options);
  const { wasm, files = null, host, onStdout, onStderr, onAudit } = options;
  const module = wasm === undefined ? null : moduleBytes(wasm);
  const packages = packagesInMemory(options.packages) ?? null;
  const policy = policyOf(options);
  const calls = host || onStdout || onStderr || onAudit ? callbacks(options) : null;
  return guarded(() => {
    const template = templateOf(policy, language);
    const raw = template.runSync(module, files, packages, calls, code, rest, figures);
    return resultWithFigures<T>(raw);
  });
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
 * @throws UsageError when the call itself is wrong, and whatever fetching a module throws; every other failure is in the
 * record.
 */
export async function execute<T = Value>(options: RunOptions): Promise<ExecutionRecord<T>> {
  checkObject(options, 'execute takes');
  kindOf(options);
  const { wasm, signal } = options;
  const fetching = wasm === undefined ? null : asked(wasm, policyOf(options), {})[1];
  const module = fetching ? await download(fetching, { signal }) : wasm;
  try {
    const { value, stdout, usage } = await run<T>({ ...options, wasm: module });
    return { success: true, value, output: stdout, error: null, usage };
  } catch (error) {
    if (!(error instanceof SandboxError) || error instanceof UsageError) throw error;
    const { stdout = '', usage = nothingUsed() } = error.result ?? {};
    return { success: false, value: null, output: stdout, error, usage };
  }
}

function moduleBytes(source: Source): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const message =
    'Invalid argument: runSync takes a module as bytes; run reads files and addresses';
  throw new UsageError('invalid_argument', message, { details: { path: '$.wasm' } });
}

/** The language and the code, none of a module, and the options that are the native part's to know. */
function parts(options: Omit<RunOptions, 'signal'>) {
  const { python, javascript, typescript, wasm, ...others } = options;
  const { policy, limits, files, packages, host, onStdout, onStderr, onAudit, ...rest } = others;
  const kind = kindOf(options);
  return {
    language: kind === 'wasm' ? undefined : kind,
    code: kind === 'wasm' ? undefined : options[kind],
    rest: Object.keys(rest).length > 0 ? rest : undefined,
  };
}

function kindOf(options: Omit<RunOptions, 'signal'>): Language | 'wasm' {
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
