// Owns KvStore: the host's side of what guests keep from sandbox to sandbox.
import { now } from './operation.js';
import type { Bytes } from './units.js';
import type { Value } from './values.js';

/**
 * The key-value store of a namespace: what sandboxes share whose policy's `capabilities.kv` names it. It lives in memory,
 * as long as the process. The host is bound by no quota but what one process holds in all stores together, 256 MiB.
 */
export class KvStore {
  readonly #namespace: string;

  /** @throws UsageError `invalid_argument` when no policy could name it: 1 to 64 letters, digits, `-`, `_` and `.`. */
  constructor(namespace: string) {
    this.#namespace = namespace;
    this.#now('constructor');
  }

  /** The value of a key; undefined where there is none. */
  get<T = Value>(key: string): T | undefined {
    return this.#now<[T?]>('get', { key })[0];
  }

  /** Sets it. A key is 1 to 512 bytes. */
  set(key: string, value: Value): void {
    this.#now('set', { key, value });
  }

  /** Removes it; whether there was something. */
  delete(key: string): boolean {
    return this.#now('delete', { key });
  }

  /** Keys that begin with `prefix`, in order. */
  keys(prefix = ''): string[] {
    return this.#now('keys', { prefix });
  }

  /** Empties it. */
  clear(): void {
    this.#now('clear');
  }

  /** How much is in it. */
  stats(): { keys: number; bytes: Bytes } {
    return this.#now('stats');
  }

  #now<R>(method: string, parameters: object = {}): R {
    return now(`KvStore.${method}`, { namespace: this.#namespace, ...parameters });
  }
}
