// Owns SandboxPool: sandboxes of one kind, kept open for whoever comes next. Which one is lent to whom, and when one is
// opened, reset or closed, is the native part's business; here are its numbers and the objects that stand for them.
import { cancellable, cancelled, stops } from './abort.js';
import { fromNative, guarded } from './errors.js';
import { checkKeys } from './keys.js';
import { type Handle, type NativePool, native } from './native.js';
import { callbacks, type Language, policyOf } from './open.js';
import type { OpenOptions } from './options.js';
import { choseWallTime, effectiveText, type SecurityPolicy } from './policy.js';
import { Turns } from './reentry.js';
import { sandboxOf, type WasmSandbox } from './sandbox.js';
import { Session } from './session.js';
import { readSource, type Source, toUrl } from './source.js';
import type { Milliseconds } from './units.js';

/** What a pool keeps: exactly one of `source` and `language`, and what each is opened with. */
export interface PoolOptions extends Omit<OpenOptions, 'signal'> {
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
  /** How long `acquire` waits for one before it is `busy`. Default 30 s. */
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

/** Keeps sandboxes, or sessions of a source language, open. */
export class SandboxPool<T extends Pooled = Pooled> {
  readonly #pool: NativePool;
  readonly #options: PoolOptions;
  readonly #policy: SecurityPolicy;
  /** By the pool's numbers, which are used again. */
  readonly #guests: { guest: T; turns: Turns }[] = [];
  /** Brings the module of an address, once. */
  #fetch: (() => Promise<void>) | undefined;
  #fetched: Promise<void> | undefined;

  /** @throws UsageError `invalid_argument` for sizes and sources that make no sense. */
  constructor(options: PoolOptions) {
    // Callbacks are given with each that is opened; limits are in the policy.
    const { host, onStdout, onStderr, onAudit, limits, ...rest } = options;
    this.#options = { ...options };
    this.#policy = policyOf(options);
    const [effective, ownWallTime] = [effectiveText(this.#policy), choseWallTime(this.#policy)];
    const address = toUrl(options.source);
    const source = address ? new Uint8Array(0) : options.source;
    const given = { ...rest, source, policy: { effective, ownWallTime } };
    this.#pool = guarded(() =>
      native().invokeSync(null, 'SandboxPool.constructor', { options: given }, null),
    ) as NativePool;
    if (address === undefined) return;
    this.#fetch = async () => {
      const { moduleBytes: maxBytes } = this.#policy.limits;
      this.#now('fill', { source: await readSource(address, { maxBytes }) });
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
   * Lends one, to be given back by `release`.
   *
   * @throws LifecycleError `busy` when none is given back within `acquireTimeoutMs`, `closed`, `cancelled`; whatever
   * opening throws.
   */
  async acquire(options: { signal?: AbortSignal | undefined } = {}): Promise<T> {
    checkKeys(options, ['signal'], 'acquire');
    const number = (await this.#lend('acquire', options.signal)) as number;
    return this.#guests[number]?.guest as T;
  }

  /**
   * Takes one back and puts it to its state after opening. One that was disposed of, or whose call still runs, is closed
   * and replaced.
   *
   * @throws UsageError `invalid_argument` for what the pool has not lent; LifecycleError `busy` from a host function that
   * it waits for.
   */
  async release(sandbox: T): Promise<void> {
    const number = this.#guests.findIndex((one) => one?.guest === sandbox);
    const turns = this.#guests[number]?.turns;
    turns?.end(turns.begin());
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

  /** Sizes at this moment. */
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
    const turns = new Turns();
    const host = callbacks(this.#options, turns);
    const lent = (await cancellable(stops, signal, (stop) =>
      native().invoke(this.#pool, `SandboxPool.${method}`, {}, host, stop ?? null),
    )) as Lent | null;
    if (lent === null) return undefined;
    const [number, handle] = lent;
    if (handle) {
      const opened = { handle, turns };
      const made = this.#options.language
        ? new Session(opened, this.#policy, this.#options)
        : sandboxOf(opened);
      this.#guests[number] = { guest: made as T, turns };
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

  async #invoke(method: string, parameters: object = {}): Promise<unknown> {
    try {
      return await native().invoke(this.#pool, `SandboxPool.${method}`, parameters, null, null);
    } catch (error) {
      throw fromNative(error);
    }
  }

  #now(method: string, parameters: object = {}): unknown {
    return guarded(() =>
      native().invokeSync(this.#pool, `SandboxPool.${method}`, parameters, null),
    );
  }
}
