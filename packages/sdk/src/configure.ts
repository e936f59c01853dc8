// Owns the settings of this process: where compiled modules are kept, how much may run at once.
// They are fixed once the native part is loaded.
import { UsageError } from './errors.js';
import { checkKeys } from './keys.js';
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

const names = ['cacheDir', 'maxConcurrency', 'queueTimeoutMs', 'maxInstances'];
let chosen: Settings = {};
let fixed = false;

/**
 * Sets what all sandboxes of this process share. Call it before anything else of this package.
 *
 * @throws UsageError `invalid_argument` for an unknown key, or when a sandbox has been opened already.
 */
export function configure(options: Settings): void {
  checkKeys(options, names, 'configure');
  if (fixed) {
    throw new UsageError(
      'invalid_argument',
      'Invalid argument: configure() has to come before the first use of a sandbox in this process',
    );
  }
  chosen = { ...chosen, ...options };
}

/** What was chosen; from now on it is fixed. */
export function settings(): Settings {
  fixed = true;
  return chosen;
}
