// Owns what a sandbox and a session have in common: the handle, its figures, its end, and the frame
// in which every asynchronous call runs (cancellation, errors).
import { callsOf, cancellable } from './abort.js';
import { fromNative } from './errors.js';
import type { Usage } from './generated/result.js';
import type { Handle } from './native.js';
import { later, now } from './operation.js';
import type { Bytes } from './units.js';

/** What all calls of a sandbox used together. */
export type ResourceStats = Usage;

/** The number by which a pool takes back what it has lent; 0 is of anything else. */
export let loanOf: (lent: unknown) => number;

/** One guest with its state. Calls are queued in order and never overlap. */
export abstract class Guest {
  readonly #handle: Handle;

  static {
    loanOf = (lent) => (lent instanceof Guest ? lent.now('Guest.loan') : 0);
  }

  protected constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** @internal */
  protected get handle(): Handle {
    return this.#handle;
  }

  /** Bytes that memories, tables and data held by the host take now. */
  async memoryUsage(): Promise<Bytes> {
    return this.now('Guest.memoryUsage');
  }

  /** What all calls since it was opened used together; zero at first. */
  async getResourceStats(): Promise<ResourceStats> {
    return this.now('Guest.getResourceStats');
  }

  /** Runs the interpreter's own collector and gives unused pages back; returns bytes freed. */
  collectGarbage(): Promise<Bytes> {
    return this.invoke('Guest.collectGarbage');
  }

  /** Back to exactly the state after opening; policy and limits stay. */
  async reset(): Promise<void> {
    await this.invoke('Guest.reset');
  }

  /** Whether it was disposed of, or given back to its pool; every later use is the error `closed`. */
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

  /** Runs one asynchronous call. @internal */
  protected during<T>(
    signal: AbortSignal | undefined,
    work: (token: number) => Promise<T>,
  ): Promise<T> {
    return cancellable(callsOf(this.handle), signal, (token = 0) => work(token));
  }

  /** Does an operation by name. @internal */
  protected invoke<T>(
    operation: string,
    parameters: object = {},
    more: { signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    return later(operation, parameters, { ...more, target: this.handle });
  }

  /** Does one that takes no turn. @internal */
  protected now<T>(operation: string, parameters: object = {}): T {
    return now(operation, parameters, this.handle);
  }
}
