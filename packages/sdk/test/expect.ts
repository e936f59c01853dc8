// Owns the one question that most of these tests ask: with which error does this end?
import { expect } from 'vitest';
import { SandboxError } from '../src/index.js';

/** The error with which `work` ends, checked for its code; fails when there is none. */
export async function failure(
  work: Promise<unknown> | (() => unknown) | undefined,
  code: string,
): Promise<SandboxError> {
  let error: unknown;
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (thrown) {
    error = thrown;
  }
  expect(error, `expected ${code}`).toBeInstanceOf(SandboxError);
  const known = error as SandboxError;
  expect(known.code, known.message).toBe(code);
  return known;
}

export const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
