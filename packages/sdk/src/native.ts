// Owns the boundary to the native part: what it offers, in types, and how it is found and loaded.
// Must not be imported outside this package's own sources; nothing here is public.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { settings } from './configure.js';
import { UsageError } from './errors.js';

/** One result as the native part gives it; `usage` is JSON. */
export interface RawResult {
  value: unknown;
  /** Null when there is none. */
  stdout: Uint8Array | null;
  stderr: Uint8Array | null;
  truncated: boolean;
  exitCode: number | null;
  files: Record<string, Uint8Array>;
  usage: string;
}

/** What the native part calls back. */
export interface Callbacks {
  functions?: Record<string, (...args: never[]) => unknown>;
  onStdout?: (chunk: Uint8Array) => void;
  onStderr?: (chunk: Uint8Array) => void;
  onAudit?: (event: string) => void;
}

/** What is run: source text, or an object that says more. */
export type Request = string | object;

/** What sandboxes are opened with besides source, files and callbacks; read once. */
export interface Template {
  open(
    source: Uint8Array | null,
    files: RawFiles,
    packages: NativePackage[] | null,
    host: Callbacks,
  ): Promise<Handle>;
  openSync(
    source: Uint8Array | null,
    files: RawFiles,
    packages: NativePackage[] | null,
    host: Callbacks,
  ): Handle;
  restore(
    snapshot: Uint8Array,
    key: Uint8Array | null,
    files: RawFiles,
    packages: NativePackage[] | null,
    host: Callbacks,
  ): Promise<Handle>;
  /** Opens, runs and gives back, off the event loop. */
  run(
    source: Uint8Array | null,
    files: RawFiles,
    packages: NativePackage[] | null,
    host: Callbacks,
    request: Request,
    options: string | undefined,
    stop: Stop | undefined,
  ): Promise<RawResult>;
  /** Opens, runs and gives back. Where `figures` begins with 1 the answer is the value alone: see `result.ts`. */
  runSync(
    source: Uint8Array | null,
    files: RawFiles,
    packages: NativePackage[] | null,
    request: Request,
    options: string | undefined,
    figures: Float64Array,
  ): unknown;
}

/** Guests of one kind, kept open: a target of operations. */
export interface NativePool {
  readonly kind: unique symbol;
}

/** Ends one run, before it begins or while it runs. */
export interface Stop {
  stop(): void;
}

/** The host's side of a key-value store. */
export interface NativeKvStore {
  get(key: string): [] | [unknown];
  set(key: string, value: unknown): void;
  delete(key: string): boolean;
  keys(prefix: string): string[];
  clear(): void;
  stats(): [number, number];
}

type RawFiles = Record<string, Uint8Array> | null;

/** One open sandbox or session. Options are JSON; a token of 0 stands for none. */
export interface Handle {
  call(name: string, args: unknown[], options: string | undefined, token: number): Promise<unknown>;
  callSync(name: string, args: unknown[], options: string | undefined): unknown;
  callResult(
    name: string,
    args: unknown[],
    options: string | undefined,
    token: number,
  ): Promise<RawResult>;
  callBatch(
    calls: { function: string; args: unknown[] }[],
    options: string | undefined,
    token: number,
  ): Promise<unknown[]>;
  run(request: Request, options: string | undefined, token: number): Promise<RawResult>;
  /** As `Template.runSync`. */
  runSync(request: Request, options: string | undefined, figures: Float64Array): unknown;
  prepare(name: string): (...args: (number | bigint)[]) => unknown;
  newToken(): number;
  cancel(token: number): void;
  reset(): Promise<void>;
  snapshot(key: Uint8Array | null): Promise<Uint8Array>;
  fork(template: Template, host: Callbacks): Promise<Handle>;
  collectGarbage(): Promise<number>;
  dispose(): Promise<void>;
  release(): void;
  memoryUsage(): number;
  stats(): string;
  exports(): string;
  takeAudit(): string;
  readonly disposed: boolean;
}

/** The bytes of an archive, or files by path; without a name they are a folder of packages, or a package.json has it. */
export type NativePackage = Uint8Array | { name?: string; files: Record<string, Uint8Array> };

/** The native part. Documents, policies and reports cross as JSON. */
export interface Native {
  configure(options: string): void;
  parsePolicy(document: string, ceiling?: string): string;
  withCapability(policy: string, capability: string): string;
  verify(bytes: Uint8Array, policy: string): string;
  doctor(): string;
  template(options: string): Template;
  kvStore(namespace: string): NativeKvStore;
  stop(): Stop;
  /** Begins an operation of the reference API by name. Its answer is a value, a handle or a pool, or a pool's loan. */
  invoke(
    target: Handle | NativePool | null,
    operation: string,
    parameters: object,
    host: Callbacks | null,
    stop: Stop | null,
  ): Promise<unknown>;
  /** The same on the caller's thread. */
  invokeSync(
    target: Handle | NativePool | null,
    operation: string,
    parameters: object,
    host: Callbacks | null,
  ): unknown;
}

let loaded: Native | undefined;

/** The native part, loaded and configured at first use. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  const require = createRequire(import.meta.url);
  const problems: unknown[] = [];
  for (const platform of platforms()) {
    for (const place of [`../wasm-sandbox.${platform}.node`, `@wasm-sandbox/native-${platform}`]) {
      let file: string;
      try {
        file = require.resolve(place);
      } catch {
        continue;
      }
      try {
        const addon = require(file) as Native;
        addon.configure(JSON.stringify({ packsDir: join(dirname(file), 'packs'), ...settings() }));
        return addon;
      } catch (error) {
        problems.push(error);
      }
    }
  }
  throw missing(problems);
}

/** Names of the builds that could run here, likeliest first: which C library Linux has shows in loading. */
function platforms(): string[] {
  const base = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? [`${base}-gnu`, `${base}-musl`] : [base];
}

function missing(problems: unknown[]): UsageError {
  const [platform] = platforms();
  const message =
    problems.length > 0
      ? `the native part for ${platform} is there but does not load; its cause says why`
      : `there is no native part for ${platform}; install the package again without --omit=optional, or build it with \`npm run setup\` in the repository`;
  return new UsageError('unsupported', `Unsupported: ${message}`, {
    details: { platform },
    cause: problems[0],
  });
}
