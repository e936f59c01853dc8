// Owns the knowledge of which host functions the current code was called from. A call of a sandbox
// that one of its own host functions waits for would never begin: it is refused as `busy` instead.
import { AsyncLocalStorage } from 'node:async_hooks';
import { LifecycleError } from './errors.js';
import type { HostFunction, HostFunctions } from './values.js';

/** One host function at work: of which sandbox, called from within which other one. */
interface Frame {
  readonly owner: Turns;
  readonly outer: Frame | undefined;
  active: boolean;
}

/** One asynchronous call, queued or running, with the host function that made it. */
export interface Turn {
  readonly from: Frame | undefined;
}

const frames = new AsyncLocalStorage<Frame>();
/** Stays false, and everything here free of cost, until some sandbox has host functions. */
let used = false;

/** The calls of one sandbox, in the order in which they take their turn. */
export class Turns {
  readonly #waiting = new Set<Turn>();

  /** Wraps the host's functions so that calls from within them are known. */
  wrap(functions: HostFunctions): Record<string, HostFunction> {
    const wrapped: Record<string, HostFunction> = Object.create(null);
    for (const [name, work] of Object.entries(functions)) wrapped[name] = this.#enter(work);
    used = true;
    return wrapped;
  }

  /**
   * A call comes: it is put behind those before it, until `end`.
   *
   * @throws LifecycleError `busy` when it comes from a host function that this sandbox waits for.
   */
  begin(): Turn | undefined {
    if (!used) return undefined;
    const from = frames.getStore();
    for (let frame = from; frame; frame = frame.outer) {
      if (frame.owner === this && frame.active) throw busy();
    }
    const turn = { from };
    this.#waiting.add(turn);
    return turn;
  }

  end(turn: Turn | undefined): void {
    if (turn) this.#waiting.delete(turn);
  }

  #enter(work: HostFunction): HostFunction {
    return (...args: never[]) => {
      // Calls never overlap, so the one that runs is the eldest; without one this is a synchronous call.
      const [running] = this.#waiting;
      const outer = running ? running.from : frames.getStore();
      const frame: Frame = { owner: this, outer, active: true };
      const done = () => {
        frame.active = false;
      };
      let answer: unknown;
      try {
        answer = frames.run(frame, () => work(...args));
      } catch (error) {
        done();
        throw error;
      }
      if (isThenable(answer)) answer.then(done, done);
      else done();
      return answer;
    };
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

function busy(): LifecycleError {
  const message =
    'Busy: a host function may not call the sandbox that waits for it; return first, or use another sandbox';
  return new LifecycleError('busy', message, { details: { reentrant: true } });
}
