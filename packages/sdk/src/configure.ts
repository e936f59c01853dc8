// Owns the settings of this process: where compiled modules are kept, how much may run at once.
// They are fixed with the first use of a sandbox.
import { now } from './operation.js';
import type { Milliseconds } from './units.js';

/** Settings of the process, shared by all sandboxes in it. */
export interface Settings {
  /** Folder for compiled modules, private to this user; null: keep nothing on disk. Default: the user's cache folder. */
  cacheDir?: string | null;
  /** Calls that run at the same time, over all sandboxes; further ones wait. Default 64. */
  maxConcurrency?: number;
  /** How long a call waits for its turn before it is `busy`. Default 30 s. */
  queueTimeoutMs?: Milliseconds;
  /** Sandboxes that are open at the same time; opening one more is `busy`. Default 4,096. */
  maxInstances?: number;
}

/**
 * Sets what all sandboxes of this process share. Call it before anything else of this package.
 *
 * @throws UsageError `invalid_argument` for an unknown key, or when a sandbox has been opened already.
 */
export function configure(options: Settings): void {
  now('configure', { options });
}
