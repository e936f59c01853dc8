// Owns the frame of every asynchronous call: its place in the order, its cancellation, its errors.
import { cancellable } from './abort.js';
import type { Opened } from './open.js';

/** Runs one asynchronous call of an open guest in its turn. */
export async function inTurn<T>(
  { handle, turns }: Opened,
  signal: AbortSignal | undefined,
  work: (token: number) => Promise<T>,
): Promise<T> {
  const turn = turns.begin();
  try {
    return await cancellable(handle, signal, work);
  } finally {
    turns.end(turn);
  }
}
