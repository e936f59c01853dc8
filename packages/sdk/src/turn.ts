// Owns the frame of every asynchronous call: its place in the order, its cancellation, its errors.
import { type Canceller, cancellable } from './abort.js';
import type { Turns } from './reentry.js';

/** Runs one asynchronous call in its turn. */
export async function inTurn<Token, T>(
  turns: Turns,
  canceller: Canceller<Token>,
  signal: AbortSignal | undefined,
  work: (token: Token | undefined) => Promise<T>,
): Promise<T> {
  const turn = turns.begin();
  try {
    return await cancellable(canceller, signal, work);
  } finally {
    turns.end(turn);
  }
}
