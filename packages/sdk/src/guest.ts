// Owns what a sandbox and a session have in common: the handle, its figures, its end, and the frame
// in which every asynchronous call runs (order, cancellation, errors).
import { callsOf } from './abort.js';
import { fromNative, guarded } from './errors.js';
import type { Usage } from './generated/result.js';
import type { Handle } from './native.js';
import type { Opened } from './open.js';
import { inTurn } from './turn.js';
import type { Bytes } from './units.js';

/** What all calls of a sandbox used together. */
export type ResourceStats = Usage;

/** One guest with its state. Calls are queued in order and never overlap. */
export abstract class Guest {
  readonly #opened: Opened;

  protected constructor(opened: Opened) {
    this.#opened = opened;
  }

  /** @internal */
  protected get handle(): Handle {
    return this.#opened.handle;
  }

  /** Bytes that memories, tables and data held by the host take now. */
  async memoryUsage(): Promise<Bytes> {
    return guarded(() => this.handle.memoryUsage());
  }

  /** What all calls since it was opened used together; zero at first. */
  async getResourceStats(): Promise<ResourceStats> {
    return guarded(() => JSON.parse(this.handle.stats()) as ResourceStats);
  }

  /** Runs the interpreter's own collector and gives unused pages back; returns bytes freed. */
  collectGarbage(): Promise<Bytes> {
    return this.during(undefined, () => this.handle.collectGarbage());
  }

  /** Back to exactly the state after opening; policy and limits stay. */
  reset(): Promise<void> {
    return this.during(undefined, () => this.handle.reset());
  }

  /** Whether `dispose` was called; every later use is the error `closed`. */
  get disposed(): boolean {
    return this.handle.disposed;
  }

  /**
   * Ends it: running and queued calls fail with `closed`, and when the promise resolves the guest has
   * stopped. It may be called again, and from a host function, which must not await it.
   */
  async dispose(): Promise<void> {
    try {
      await this.handle.dispose();
    } catch (error) {
      throw fromNative(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Runs one asynchronous call in its turn. @internal */
  protected during<T>(
    signal: AbortSignal | undefined,
    work: (token: number) => Promise<T>,
  ): Promise<T> {
    const { handle, turns } = this.#opened;
    return inTurn(turns, callsOf(handle), signal, (token = 0) => work(token));
  }
}
