// Owns WasmSandbox: a loaded module with its state. Opening is in `open.ts`, what all guests share in
// `guest.ts`, sessions of source languages in `session.ts`.
import type { AuditResult } from './audit.js';
import { SandboxBuilder } from './builder.js';
import { argumentList, withoutSignal } from './call.js';
import type { DownloadOptions } from './download.js';
import { guarded } from './errors.js';
import { Guest } from './guest.js';
import { checkObject } from './keys.js';
import type { ModuleExport } from './module.js';
import type { Handle } from './native.js';
import { openGuest, policyOf, templateFor } from './open.js';
import type { CallOptions, OpenOptions, RestoreOptions } from './options.js';
import { type PreparedFunction, prepared } from './prepared.js';
import { openSession, restoreSession, type Session } from './session.js';
import { Address, moduleOf, type Source } from './source.js';
import type { Milliseconds } from './units.js';
import type { Value } from './values.js';

/** One call of a batch. */
export interface FunctionCall {
  function: string;
  args?: readonly Value[] | undefined;
}

/** One of what was opened elsewhere. */
export let sandboxOf: (handle: Handle) => WasmSandbox;

/** A loaded module with state. After a trap, a limit or a cancel its next call begins from the built state. */
export class WasmSandbox extends Guest {
  private constructor(handle: Handle) {
    super(handle);
  }

  static {
    sandboxOf = (handle) => new WasmSandbox(handle);
  }

  /** Begins a sandbox step by step. */
  static builder(): SandboxBuilder {
    return new SandboxBuilder((source, options, fetching) =>
      WasmSandbox.#open(source, options, fetching),
    );
  }

  /** Opens the module in a file. @throws UsageError `not_found`, `invalid_module`. */
  static fromFile(path: string | URL, options: OpenOptions = {}): Promise<WasmSandbox> {
    return WasmSandbox.#open(path, options);
  }

  /** Opens a module that is in memory. @throws UsageError `invalid_module`. */
  static fromBytes(
    bytes: Uint8Array | ArrayBuffer,
    options: OpenOptions = {},
  ): Promise<WasmSandbox> {
    return WasmSandbox.#open(bytes, options);
  }

  /** Fetches a module over https and opens it. @throws UsageError `invalid_argument`, `not_found`, `invalid_module`. */
  static async fromUrl(
    url: string | URL,
    options: OpenOptions & Omit<DownloadOptions, 'signal'> = {},
  ): Promise<WasmSandbox> {
    checkObject(options);
    const { sha256, maxBytes, timeoutMs, maxRedirects, fetch, ...rest } = options;
    const fetching = { sha256, maxBytes, timeoutMs, maxRedirects, fetch };
    return WasmSandbox.#open(new Address(String(url)), rest, fetching);
  }

  /** Opens a session that runs JavaScript source. */
  static javascript(options: OpenOptions = {}): Promise<Session> {
    return openSession('javascript', options);
  }

  /** Opens a session that runs TypeScript source: its types are taken out, not checked. */
  static typescript(options: OpenOptions = {}): Promise<Session> {
    return openSession('typescript', options);
  }

  /** Opens a session that runs Python source, with its standard library. */
  static python(options: OpenOptions = {}): Promise<Session> {
    return openSession('python', options);
  }

  /**
   * Opens the session that a snapshot holds, under a policy and with functions of its own. It has to be of the very same
   * language pack, and unchanged since. @throws UsageError `invalid_argument`, whose `details.reason` says which.
   */
  static restore(snapshot: Uint8Array, options: RestoreOptions = {}): Promise<Session> {
    return restoreSession(snapshot, options);
  }

  static async #open(
    source: Source | Address,
    options: OpenOptions,
    fetching: DownloadOptions = {},
  ) {
    const policy = policyOf(options);
    const template = templateFor(undefined, policy, options);
    const module = await moduleOf(source, policy, { ...fetching, signal: options.signal });
    return new WasmSandbox(await openGuest(template, module, options));
  }

  /**
   * Calls an export, off the event loop.
   *
   * @throws SandboxError of the family that fits; `error.result` has the output and usage until then.
   */
  call<T = Value>(name: string, args: readonly Value[] = [], options?: CallOptions): Promise<T> {
    return this.during(options?.signal, (token) =>
      this.handle.call(name, argumentList(name, args), withoutSignal(options), token),
    ) as Promise<T>;
  }

  /** Calls an export on the caller's thread, which it blocks: for short calls. `busy` while another call is in flight. */
  callSync<T = Value>(
    name: string,
    args: readonly Value[] = [],
    options?: Omit<CallOptions, 'signal'>,
  ): T {
    return guarded(
      () => this.handle.callSync(name, argumentList(name, args), withoutSignal(options)) as T,
    );
  }

  /**
   * Resolves and checks a numeric export once. What it returns is called on the caller's thread with
   * all limits in force; it stays valid when the sandbox is reset.
   */
  prepare<T extends (...args: never[]) => unknown = PreparedFunction>(name: string): T {
    return prepared<T>(this.now('WasmSandbox.prepare', { name }));
  }

  /** Calls an export with a tighter limit on elapsed time. */
  callWithTimeout<T = Value>(
    name: string,
    args: readonly Value[],
    ms: Milliseconds,
    options?: CallOptions,
  ): Promise<T> {
    return this.call<T>(name, args, { ...options, timeoutMs: ms });
  }

  /** Several calls in one crossing; results in order. A failing one fails the batch, its `details.index` says which. */
  async callBatch<T extends unknown[] = Value[]>(
    calls: readonly FunctionCall[],
    options?: CallOptions,
  ): Promise<T> {
    return this.during(options?.signal, (token) =>
      this.handle.callBatch(calls, withoutSignal(options), token),
    ) as Promise<T>;
  }

  /** Calls an export and tells every decision that was taken meanwhile. */
  async callWithAudit<T = Value>(
    name: string,
    args: readonly Value[] = [],
    options?: CallOptions,
  ): Promise<AuditResult<T>> {
    const parameters = { name, args, options: withoutSignal(options) };
    return this.invoke('WasmSandbox.callWithAudit', parameters, { signal: options?.signal });
  }

  /** Names, kinds and types of what the module exports. */
  exports(): ModuleExport[] {
    return this.now('WasmSandbox.exports');
  }
}
