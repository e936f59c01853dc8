// Owns the knowledge of which host function the current code was called from: the native part refuses a call of a sandbox
// that waits for that very function, which would never begin.
import { AsyncLocalStorage } from 'node:async_hooks';
import { native } from './native.js';
import type { HostFunction, HostFunctions } from './values.js';

/** A host function as the native part calls it: with its number, and whether that is on its caller's own thread. */
export type NumberedFunction = (frame: number, here: boolean, ...args: never[]) => unknown;

const frames = new AsyncLocalStorage<number>();
/** Stays false, and everything here free of cost, until some sandbox has host functions. */
let used = false;

/** Wraps the host's functions so that what they ask for is known to come from within them. */
export function numbered(functions: HostFunctions): Record<string, NumberedFunction> {
  const wrapped: Record<string, NumberedFunction> = Object.create(null);
  for (const [name, work] of Object.entries(functions)) wrapped[name] = enter(work);
  used = true;
  return wrapped;
}

/** The number of the host function that the current code was called from; 0 when it was not. */
export function callerFrame(): number {
  return used ? (frames.getStore() ?? 0) : 0;
}

function enter(work: HostFunction): NumberedFunction {
  return (frame, here, ...args) => {
    // Without an operation the native part does not know what is around this one.
    const outer = here ? callerFrame() : 0;
    if (outer !== 0) native().calledWithin(frame, outer);
    return frames.run(frame, work, ...args);
  };
}
