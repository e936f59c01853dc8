// Owns the boundary to the native part: what it offers, in types, and how it is found and loaded.
// Must not be imported outside this package's own sources; nothing here is public.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UsageError } from './errors.js';
import type { AuditEvent } from './generated/result.js';
import type { Package } from './packages.js';
import type { NumberedFunction } from './reentry.js';
import type { Module } from './source.js';
import type { FileContents } from './values.js';

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
  functions?: Record<string, NumberedFunction>;
  onStdout?: (chunk: Uint8Array) => void;
  onStderr?: (chunk: Uint8Array) => void;
  onAudit?: (event: AuditEvent) => void;
}

/** What sandboxes are opened with besides source, files and callbacks; read once. Only what blocks reads no paths. */
export interface Template {
  open(
    source: Module | null,
    files: FileContents | null,
    packages: readonly Package[] | null,
    host: Callbacks,
    stop: Stop | undefined,
  ): Promise<Handle>;
  openSync(
    source: Module | null,
    files: FileContents | null,
    packages: readonly Package[] | null,
    host: Callbacks,
  ): Handle;
  /** Opens, runs and gives back, off the event loop. `options` are of the opening and of the run. */
  run(
    source: Module | null,
    files: FileContents | null,
    packages: readonly Package[] | null,
    host: Callbacks,
    code: string | undefined,
    options: object | undefined,
    stop: Stop | undefined,
  ): Promise<RawResult>;
  /** The same on the caller's thread. Where `figures` begins with 1 the answer is the value alone: see `result.ts`. */
  runSync(
    source: Module | null,
    files: FileContents | null,
    packages: readonly Package[] | null,
    host: Callbacks | null,
    code: string | undefined,
    options: object | undefined,
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

/** One open sandbox or session. A token of 0 stands for none. */
export interface Handle {
  call(name: string, args: unknown[], options: object | undefined, token: number): Promise<unknown>;
  callSync(name: string, args: unknown[], options: object | undefined): unknown;
  /** Each call is `{function, args}`. */
  callBatch(
    calls: readonly object[],
    options: object | undefined,
    token: number,
  ): Promise<unknown[]>;
  run(code: string | undefined, options: object | undefined, token: number): Promise<RawResult>;
  /** As `Template.runSync`. */
  runSync(code: string | undefined, options: object | undefined, figures: Float64Array): unknown;
  newToken(from: number): number;
  cancel(token: number): void;
  /** Nothing was begun with it. */
  forget(token: number): void;
  dispose(): Promise<void>;
  readonly disposed: boolean;
}

/** What an operation is done with. */
export type Target = Handle | NativePool | null;

/** The native part. */
export interface Native {
  packsIn(folder: string): void;
  /** The host function `frame`, called on its caller's own thread, comes from within `outer`. */
  calledWithin(frame: number, outer: number): void;
  template(language: string | undefined, options: object): Template;
  stop(from: number): Stop;
  /** Begins an operation of the reference API by name. Its answer is a value, or what it opened: a handle, a pool, a function. */
  invoke(
    target: Target,
    operation: string,
    parameters: object,
    host: Callbacks | null,
    stop: Stop | null,
  ): Promise<unknown>;
  /** The same on the caller's thread. */
  invokeSync(
    target: Target,
    operation: string,
    parameters: object,
    host: Callbacks | null,
  ): unknown;
}

let loaded: Native | undefined;

/** The native part, loaded at first use. */
export function native(): Native {
  if (loaded) return loaded;
  const { addon, folder } = load();
  addon.packsIn(join(folder, 'packs'));
  loaded = addon;
  return addon;
}

function load(): { addon: Native; folder: string } {
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
        return { addon: require(file) as Native, folder: dirname(file) };
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
