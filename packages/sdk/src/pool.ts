// Owns SandboxPool: sandboxes of one kind, kept open for whoever comes next. Every one is put back to its state after
// opening before it is lent again; what cannot be put back is closed and replaced.
import { cancelled, throwIfAborted } from './abort.js';
import { LifecycleError, UsageError } from './errors.js';
import { checkKeys } from './keys.js';
import type { Language } from './open.js';
import { type OpenOptions, openKeys } from './options.js';
import { WasmSandbox } from './sandbox.js';
import { openSession, type Session } from './session.js';
import type { Source } from './source.js';
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

/** Somebody in line: gets one, or nothing, which is a place to open one in. */
interface Waiter {
  take(pooled: Pooled | undefined): void;
  fail(error: unknown): void;
}

const own = ['source', 'language', 'minSize', 'maxSize', 'idleTimeoutMs', 'acquireTimeoutMs'];
const keys = [...own, ...openKeys.filter((key) => key !== 'signal')];

/** Keeps sandboxes, or sessions of a source language, open. */
export class SandboxPool<T extends Pooled = Pooled> {
  readonly #open: () => Promise<Pooled>;
  readonly #least: number;
  readonly #most: number;
  readonly #idleMs: number;
  readonly #patienceMs: number;
  /** Each with when it came back, the longest idle one first. */
  readonly #idle: { pooled: Pooled; since: number }[] = [];
  readonly #lent = new Set<Pooled>();
  readonly #waiting = new Set<Waiter>();
  #size = 0;
  #opened = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  /** @throws UsageError `invalid_argument` for sizes and sources that make no sense. */
  constructor(options: PoolOptions) {
    checkKeys(options, keys, 'a pool');
    const { source, language, minSize = 0, maxSize = 10, ...more } = options;
    const { idleTimeoutMs = 60_000, acquireTimeoutMs = 30_000, ...opening } = more;
    if ((source === undefined) === (language === undefined)) {
      throw wrong('$.source', 'a pool takes exactly one of source and language');
    }
    const whole = Number.isInteger(minSize) && Number.isInteger(maxSize);
    if (!whole || minSize < 0 || maxSize < 1 || minSize > maxSize) {
      throw wrong(
        '$.maxSize',
        `it is at least 1 and not below minSize (${minSize}), not ${maxSize}`,
      );
    }
    this.#open = opener(source, language, opening);
    [this.#least, this.#most] = [minSize, maxSize];
    [this.#idleMs, this.#patienceMs] = [idleTimeoutMs, acquireTimeoutMs];
  }

  /** Opens `minSize` sandboxes. Without it the first callers do. */
  async initialize(): Promise<void> {
    while (!this.#closed && this.#size < this.#least) {
      this.#size += 1;
      await this.#give(await this.#made());
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
    throwIfAborted(options.signal);
    if (this.#closed) throw gone();
    // The one that was used last, so that the others become old.
    let pooled = this.#idle.pop()?.pooled;
    if (!pooled && this.#size >= this.#most) pooled = await this.#inLine(options.signal);
    else if (!pooled) this.#size += 1;
    pooled ??= await this.#made();
    if (this.#closed) {
      await pooled.dispose();
      throw gone();
    }
    this.#lent.add(pooled);
    return pooled as T;
  }

  /**
   * Takes one back and puts it to its state after opening. One that was disposed of is replaced.
   *
   * @throws UsageError `invalid_argument` for what the pool has not lent.
   */
  async release(sandbox: T): Promise<void> {
    if (!this.#lent.delete(sandbox)) {
      const why = 'the pool has not lent this sandbox, or it was given back already';
      throw wrong('$.sandbox', why);
    }
    try {
      await sandbox.reset();
    } catch {
      this.#lose();
      return sandbox.dispose();
    }
    await this.#give(sandbox);
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
    return {
      size: this.#size,
      idle: this.#idle.length,
      lent: this.#lent.size,
      waiting: this.#waiting.size,
      opened: this.#opened,
    };
  }

  /** Closes every sandbox, lent ones too; whoever waits for one gets `closed`. It may be called again. */
  async dispose(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const waiter of this.#waiting) waiter.fail(gone());
    const all = [...this.#idle.map(({ pooled }) => pooled), ...this.#lent];
    this.#idle.length = this.#size = 0;
    this.#lent.clear();
    await Promise.all(all.map((pooled) => pooled.dispose()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Opens one in a place that is taken already. */
  async #made(): Promise<Pooled> {
    try {
      const pooled = await this.#open();
      this.#opened += 1;
      return pooled;
    } catch (error) {
      this.#lose();
      throw error;
    }
  }

  /** Waits for one, or for a place. First come, first served. */
  #inLine(signal: AbortSignal | undefined): Promise<Pooled | undefined> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        take: (pooled) => {
          leave();
          resolve(pooled);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = () => waiter.fail(cancelled(signal?.reason));
      const timer = setTimeout(() => waiter.fail(late(this.#patienceMs)), this.#patienceMs);
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** One that is as it was opened goes to whoever waits longest, or waits itself. */
  async #give(pooled: Pooled): Promise<void> {
    if (this.#closed) return pooled.dispose();
    const [waiter] = this.#waiting;
    if (waiter) return waiter.take(pooled);
    this.#idle.push({ pooled, since: performance.now() });
    this.#watch();
  }

  /** A place is free again. */
  #lose(): void {
    const [waiter] = this.#waiting;
    if (waiter && !this.#closed) waiter.take(undefined);
    else if (this.#size > 0) this.#size -= 1;
  }

  /** Closes those that nobody has wanted for a while; does not keep the process alive. */
  #watch(): void {
    if (this.#timer || this.#idle.length === 0 || this.#size <= this.#least) return;
    const due = (this.#idle[0]?.since ?? 0) + this.#idleMs - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        const until = performance.now() - this.#idleMs;
        while (this.#size > this.#least && (this.#idle[0]?.since ?? Infinity) <= until) {
          this.#size -= 1;
          // Nobody waits for it; that it fails to close would be a defect that shows elsewhere.
          this.#idle
            .shift()
            ?.pooled.dispose()
            .catch(() => undefined);
        }
        this.#watch();
      },
      Math.max(due, 1),
    );
    this.#timer.unref();
  }
}

function opener(
  source: Source | undefined,
  language: Language | undefined,
  options: OpenOptions,
): () => Promise<Pooled> {
  if (language !== undefined) return () => openSession(language, options);
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    return () => WasmSandbox.fromBytes(source, options);
  }
  const address = source as string | URL;
  return /^https?:\/\//.test(String(address))
    ? () => WasmSandbox.fromUrl(address, options)
    : () => WasmSandbox.fromFile(address, options);
}

function wrong(path: string, why: string): UsageError {
  return new UsageError('invalid_argument', `Invalid argument: ${path}: ${why}`, {
    details: { path },
  });
}

const gone = () => new LifecycleError('closed', 'Closed: this pool was disposed of');

function late(ms: Milliseconds): LifecycleError {
  const message = `Busy: no sandbox of the pool was given back within ${ms} ms (acquireTimeoutMs)`;
  return new LifecycleError('busy', message, {
    details: { field: 'acquireTimeoutMs', limit: ms },
  });
}
