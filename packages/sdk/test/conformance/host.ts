// Host functions described as data: returns, echoes, throws, sleeps, never returns.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostFunctions, Value } from '../../src/index.js';
import { type DescribedFunction, untag } from './case.js';

export function hostFunctions(described: Record<string, DescribedFunction>): HostFunctions {
  const functions = Object.entries(described).map(([name, one]) => [name, hostFunction(one)]);
  return Object.fromEntries(functions);
}

function hostFunction(described: DescribedFunction) {
  const { returns, echoes, throws, sleepsMs = 0, neverReturns } = described;
  const answer = (args: Value[]): Value => {
    if (throws) throw Object.assign(new Error(throws.message), { name: throws.type });
    return echoes ? args : untag(returns ?? null);
  };
  if (neverReturns) return () => new Promise<Value>(() => {});
  if (described.async) {
    return async (...args: Value[]) => {
      await sleep(sleepsMs);
      return answer(args);
    };
  }
  return (...args: Value[]) => {
    // The thread itself waits, as in a function that computes for long.
    if (sleepsMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, sleepsMs);
    return answer(args);
  };
}
