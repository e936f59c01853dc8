// Owns Ctrl-C and SIGTERM: the first cancels the run, a second one ends the process at once.
// Also the quiet end when whoever reads our output has gone.
import { exits } from './exit.js';

/** What ended a run from outside. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit status that tells of it; undefined when nothing happened. */
  status(): number | undefined;
  /** Puts the process's handling back. */
  release(): void;
}

/** Takes over the signals until `release`. */
export function onInterrupt(): Interruption {
  const controller = new AbortController();
  let status: number | undefined;
  const end = (code: number) => {
    if (status !== undefined) process.exit(code);
    status = code;
    controller.abort(new Error('interrupted'));
  };
  const onInt = () => end(exits.interrupted);
  const onTerm = () => end(exits.terminated);
  const onPipe = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    // There is nobody left to tell; a second failed write changes nothing.
    if (status === undefined) end(exits.brokenPipe);
  };
  process.on('SIGINT', onInt).on('SIGTERM', onTerm);
  process.stdout.on('error', onPipe);
  process.stderr.on('error', onPipe);
  return {
    signal: controller.signal,
    status: () => status,
    // Handlers of broken pipes stay: writing goes on until the process ends.
    release: () => void process.off('SIGINT', onInt).off('SIGTERM', onTerm),
  };
}
