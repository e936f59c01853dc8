// Owns what set-up remembers of its steps: the key that a step was last done for, and what it made.
// A stamp is taken away before its step runs, so an interrupted step is never believed.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from './inputs.mjs';

export class Stamps {
  #folder;

  constructor(folder) {
    this.#folder = folder;
  }

  #file = (step) => join(this.#folder, `${step}.stamp.json`);

  /** Whether the step was done for this key and everything it made is still there. */
  holds(step, key, outputs) {
    const stamp = this.read(step);
    if (stamp?.key !== key) return false;
    return [...outputs, ...(stamp.made ?? [])].every((path) => existsSync(path));
  }

  read(step) {
    try {
      return JSON.parse(readFileSync(this.#file(step), 'utf8'));
    } catch {
      return undefined;
    }
  }

  take(step) {
    rmSync(this.#file(step), { force: true });
  }

  put(step, key, more = {}) {
    writeJson(this.#file(step), { key, ...more });
  }
}
