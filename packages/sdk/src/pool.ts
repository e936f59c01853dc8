// Owns SandboxPool: sandboxes of one kind, kept open for whoever comes next. Which one is lent to whom, and when one is
// opened, reset or closed, is the native part's business.
import { cancelled } from './abort.js';
import { type DownloadOptions, download } from './download.js';
import { loanOf } from './guest.js';
import { checkKeys, checkObject } from './keys.js';
import type { Handle, NativePool } from './native.js';
import { callbacks, type Language, parameterOf, policyOf } from './open.js';
import { later, now } from './operation.js';
import type { OpenOptions } from './options.js';
import { sandboxOf, type WasmSandbox } from './sandbox.js';
import { Session } from './session.js';
import { asked, type Source } from './source.js';
import type { Milliseconds } from './units.js';

/**
 * What a pool keeps: exactly one of `source` and `language`, what each is opened with, and how a module at an address is
 * fetched, which is done once.
 */
export interface PoolOptions extends Omit<OpenOptions, 'signal'>, Omit<DownloadOptions, 'signal'> {
  /** A module: path, https address or bytes. */
  source?: Source | undefined;
  /** Or a source language, whose sessions it keeps. */
  language?: Language | undefined;
  /** How many are kept open even when nobody wants them; `initialize` opens them. Default 0. */
  minSize?: number | undefined;
  /** How many there are at most. Default 10. */
  maxSize?: number | undefined;
  /** How long more than `minSize` are kept without being wanted. Default 60 s. */
  idleTimeoutMs?: Milliseconds | undefined;
  /** How long `acquire` waits for one before it is `busy`; infinity is for ever. Default 30 s. */
  acquireTimeoutMs?: Milliseconds | undefined;
}

/** What a pool has. */
export interface PoolStats {
  /** Open ones, lent or not, and those being opened. */
  size: number;
  /** Those that wait to be lent. */
  idle: number;
  /** Those that somebody has. */
  lent: number;
  /** Callers that wait for one. */
  waiting: number;
  /** How many were opened since the pool was made. */
  opened: number;
}

/** What a pool lends. */
export type Pooled = WasmSandbox | Session;

/** Keeps sandboxes, or sessions of a source language, open for whoever comes next. */
export class SandboxPool<T extends Pooled = Pooled> {
  readonly #pool: NativePool;
  readonly #least: number | undefined;
  readonly #kind: (handle: Handle) => Pooled;
  /** Brings the module of an address, once. */
  #fetch: (() => Promise<void>) | undefined;
  #fetched: Promise<void> | undefined;

  /** @throws UsageError `invalid_argument` for sizes and sources that make no sense. */
  constructor(options: PoolOptions) {
    checkObject(options, 'a pool takes');
    this.#least = options.minSize;
    this.#kind = options.language ? (handle) => new Session(handle) : sandboxOf;
    const { source, sha256, maxBytes, timeoutMs, maxRedirects, fetch, ...rest } = options;
    const how = { sha256, maxBytes, timeoutMs, maxRedirects, fetch };
    const [module, fetching] = source ? asked(source, policyOf(options), how) : [source, null];
    // What is not fetched has no way of being fetched.
    const opening = parameterOf(fetching ? rest : options);
    const given = { ...opening, source: fetching ? new Uint8Array(0) : module };
    this.#pool = now('SandboxPool.constructor', { options: given }, null, callbacks(options));
    if (fetching === null) return;
    this.#fetch = async () => {
      now('SandboxPool.fill', { source: await download(fetching, how) }, this.#pool);
      this.#fetch = undefined;
    };
  }

  /** Opens `minSize` sandboxes. Without it the first callers do. */
  async initialize(): Promise<void> {
    if (this.#least) await this.#filled('initialize');
  }

  /**
   * Lends one, to be given back by `release`: one that is idle, a new one while there are fewer than `maxSize`, or the
   * next that is given back; first come, first served.
   *
   * @throws LifecycleError `busy` when none is given back within `acquireTimeoutMs`, `closed`, `cancelled`; whatever
   * opening throws.
   */
  async acquire(options: { signal?: AbortSignal | undefined } = {}): Promise<T> {
    checkKeys(options, ['signal'], 'acquire');
    return this.#kind(await this.#filled<Handle>('acquire', options.signal)) as T;
  }

  /**
   * Takes one back and puts it to its state after opening: for whoever had it, it is `closed` from now on. One that was
   * disposed of, whose call still runs, or that cannot be reset, is closed, and its place is for whoever comes next.
   *
   * @throws UsageError `invalid_argument` for what the pool has not lent; LifecycleError `busy` from a host function that
   * it waits for.
   */
  async release(sandbox: T): Promise<void> {
    await this.#invoke('release', { number: loanOf(sandbox) });
  }

  /** Lends one for the time of `work`. */
  async use<R>(work: (sandbox: T) => R | Promise<R>): Promise<R> {
    const sandbox = await this.acquire();
    try {
      return await work(sandbox);
    } finally {
      await this.release(sandbox);
    }
  }

  /** Tells what it has at this moment. */
  get stats(): PoolStats {
    return now('SandboxPool.stats', {}, this.#pool);
  }

  /** Closes every sandbox, lent ones too; whoever waits for one gets `closed`. It may be called again. */
  async dispose(): Promise<void> {
    await this.#invoke('dispose');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Does what opens some, once there is something to open. */
  async #filled<R>(method: string, signal?: AbortSignal): Promise<R> {
    if (this.#fetch) await this.#fetchedBy(this.#fetch, signal);
    return this.#invoke<R>(method, {}, signal);
  }

  /** One download serves all who wait for it; after a failed one the next caller tries again. */
  async #fetchedBy(fetch: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    this.#fetched ??= fetch().finally(() => {
      this.#fetched = undefined;
    });
    const aborted = new Promise<never>((_, reject) => {
      const abort = () => reject(cancelled(signal?.reason));
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
    });
    await Promise.race([this.#fetched, aborted]);
  }

  #invoke<R = void>(method: string, parameters: object = {}, signal?: AbortSignal): Promise<R> {
    return later(`SandboxPool.${method}`, parameters, { target: this.#pool, signal });
  }
}
