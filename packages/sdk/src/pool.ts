// Owns SandboxPool: sandboxes of one kind, kept open for whoever comes next. Which one is lent to whom, and when one is
// opened, reset or closed, is the native part's business; here are its numbers and the objects that stand for them.
import { cancelled } from './abort.js';
import { type DownloadOptions, download } from './download.js';
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

/** What is lent: its number, and its handle where it was opened just now. */
type Lent = [number, Handle | undefined];

/** Keeps sandboxes, or sessions of a source language, open for whoever comes next. */
export class SandboxPool<T extends Pooled = Pooled> {
  readonly #pool: NativePool;
  readonly #options: PoolOptions;
  /** By the pool's numbers, which are used again. */
  readonly #guests: T[] = [];
  /** Brings the module of an address, once. */
  #fetch: (() => Promise<void>) | undefined;
  #fetched: Promise<void> | undefined;

  /** @throws UsageError `invalid_argument` for sizes and sources that make no sense. */
  constructor(options: PoolOptions) {
    checkObject(options, 'a pool takes');
    this.#options = { ...options };
    const { source, sha256, maxBytes, timeoutMs, maxRedirects, fetch, ...rest } = options;
    const how = { sha256, maxBytes, timeoutMs, maxRedirects, fetch };
    const [module, fetching] = source ? asked(source, policyOf(options), how) : [source, null];
    // Callbacks are given with each that is opened. What is not fetched has no way of being fetched.
    const opening = parameterOf(fetching ? rest : options);
    const given = { ...opening, source: fetching ? new Uint8Array(0) : module };
    this.#pool = now('SandboxPool.constructor', { options: given });
    if (fetching === null) return;
    this.#fetch = async () => {
      this.#now('fill', { source: await download(fetching, how) });
      this.#fetch = undefined;
    };
  }

  /** Opens `minSize` sandboxes. Without it the first callers do. */
  async initialize(): Promise<void> {
    while (this.#options.minSize) {
      const number = await this.#lend('initialize');
      if (number === undefined) return;
      this.#now('keep', { number });
    }
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
    const number = (await this.#lend('acquire', options.signal)) as number;
    return this.#guests[number] as T;
  }

  /**
   * Takes one back and puts it to its state after opening. One that was disposed of, whose call still runs, or that cannot
   * be reset, is closed, and its place is for whoever comes next.
   *
   * @throws UsageError `invalid_argument` for what the pool has not lent; LifecycleError `busy` from a host function that
   * it waits for.
   */
  async release(sandbox: T): Promise<void> {
    const number = this.#guests.indexOf(sandbox);
    await this.#invoke('release', { number: Math.max(number, 0) });
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
    return this.#now('stats') as PoolStats;
  }

  /** Closes every sandbox, lent ones too; whoever waits for one gets `closed`. It may be called again. */
  async dispose(): Promise<void> {
    await this.#invoke('dispose');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** The number under which one is lent; nothing when none is to be opened. */
  async #lend(method: string, signal?: AbortSignal): Promise<number | undefined> {
    if (this.#fetch) await this.#filled(this.#fetch, signal);
    const host = callbacks(this.#options);
    const more = { target: this.#pool, host, signal };
    const lent = await later<Lent | null>(`SandboxPool.${method}`, {}, more);
    if (lent === null) return undefined;
    const [number, handle] = lent;
    if (handle) {
      const made = this.#options.language ? new Session(handle, this.#options) : sandboxOf(handle);
      this.#guests[number] = made as T;
    }
    return number;
  }

  /** One download serves all who wait for it; after a failed one the next caller tries again. */
  async #filled(fetch: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
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

  #invoke(method: string, parameters: object = {}): Promise<unknown> {
    return later(`SandboxPool.${method}`, parameters, { target: this.#pool });
  }

  #now(method: string, parameters: object = {}): unknown {
    return now(`SandboxPool.${method}`, parameters, this.#pool);
  }
}
