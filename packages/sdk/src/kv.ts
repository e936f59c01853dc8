// Owns KvStore: the host's side of what guests keep from sandbox to sandbox.
import { guarded } from './errors.js';
import { type NativeKvStore, native } from './native.js';
import type { Bytes } from './units.js';
import type { Value } from './values.js';

/**
 * The key-value store of a namespace: what sandboxes share whose policy's `capabilities.kv` names it. It lives in memory,
 * as long as the process. The host is bound by no quota but what one process holds in all stores together, 256 MiB.
 */
export class KvStore {
  readonly #store: NativeKvStore;

  /** @throws UsageError `invalid_argument` when no policy could name it: 1 to 64 letters, digits, `-`, `_` and `.`. */
  constructor(namespace: string) {
    this.#store = guarded(() => native().kvStore(namespace));
  }

  /** The value of a key; undefined where there is none. */
  get<T = Value>(key: string): T | undefined {
    const found = guarded(() => this.#store.get(key));
    return found.length === 0 ? undefined : (found[0] as T);
  }

  /** Sets it. A key is 1 to 512 bytes. */
  set(key: string, value: Value): void {
    guarded(() => this.#store.set(key, value));
  }

  /** Removes it; whether there was something. */
  delete(key: string): boolean {
    return guarded(() => this.#store.delete(key));
  }

  /** Keys that begin with `prefix`, in order. */
  keys(prefix = ''): string[] {
    return guarded(() => this.#store.keys(prefix));
  }

  /** Empties it. */
  clear(): void {
    this.#store.clear();
  }

  /** How much is in it. */
  stats(): { keys: number; bytes: Bytes } {
    const [keys, bytes] = this.#store.stats();
    return { keys, bytes };
  }
}
