// Owns the exit statuses: which outcome ends the command with which number, and the words for it in --help.
import { SandboxError } from 'wasm-sandbox';

export const exits = {
  guestFailed: 1,
  usage: 2,
  internal: 70,
  timeout: 124,
  interrupted: 130,
  memory: 137,
  brokenPipe: 141,
  terminated: 143,
} as const;

const byCode: Partial<Record<string, number>> = {
  cpu_timeout: exits.timeout,
  wall_timeout: exits.timeout,
  fuel_exhausted: exits.timeout,
  memory_limit: exits.memory,
  cancelled: exits.interrupted,
  internal: exits.internal,
};

/** The status that tells of `error`. */
export function exitStatus(error: unknown): number {
  if (!(error instanceof SandboxError)) return exits.internal;
  if (error.code === 'guest_exit') return guestStatus(error.details.exitCode);
  if (error.family === 'usage') return exits.usage;
  return byCode[error.code] ?? exits.guestFailed;
}

/** Shells see eight bits; a failure must never look like success. */
function guestStatus(given: unknown): number {
  const status = Number(given) & 0xff;
  return status === 0 ? exits.guestFailed : status;
}

export const exitHelp = `Exit status:
  0          the guest ended well
  1 to 255   the guest's own status, where it gave one
  1          the guest failed: an exception, a trap, a denial, a limit not named below
  2          a wrong option, file, policy or module
  70         a defect of this program
  124        a limit on time was reached
  130, 143   interrupted (Ctrl-C), terminated
  137        the limit on memory was reached
  141        whoever read the output has gone`;
