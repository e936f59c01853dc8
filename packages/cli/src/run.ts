// Owns `wasm-sandbox run`: the command line into the SDK's options, output as it comes, the value last.
import { type RunOptions, type RunResult, run, SandboxError } from 'wasm-sandbox';
import { exitStatus } from './exit.js';
import { type GuestFlags, guestOptions } from './guest-options.js';
import { type Interruption, onInterrupt } from './interrupt.js';
import { failureJson, successJson } from './json.js';
import { describeError } from './report.js';
import { Sink } from './sink.js';
import { type Language, type Program, readProgram } from './source.js';
import { isPiped, readStdin } from './stdin.js';
import { argument } from './units.js';
import { showValue } from './value.js';

/** The options of `run`, as the parser gives them. */
export interface RunFlags extends GuestFlags {
  code?: string;
  lang?: Language;
  input?: Record<string, unknown>;
  call?: string;
  json?: boolean;
}

/** Runs, writes, and gives back the exit status. */
export async function runCommand(operands: string[], flags: RunFlags): Promise<number> {
  const interruption = onInterrupt();
  const [out, err] = [new Sink(process.stdout), new Sink(process.stderr)];
  try {
    const options = await toOptions(operands, flags, interruption);
    if (!flags.json) Object.assign(options, { onStdout: out.push, onStderr: err.push });
    const result = await run(options);
    end(out, err);
    tell(result, flags, out);
    return interruption.status() ?? 0;
  } catch (error) {
    end(out, err);
    return tellFailure(error, flags, interruption, out, err);
  } finally {
    interruption.release();
  }
}

async function toOptions(operands: string[], flags: RunFlags, { signal }: Interruption) {
  const given = await guestOptions(flags);
  const limit = given.policy.limits.memoryBytes;
  const stdin = () => readStdin(limit, signal);
  const file = flags.code === undefined ? operands[0] : undefined;
  const rest = flags.code === undefined ? operands.slice(1) : operands;
  const program = await readProgram({ code: flags.code, file, language: flags.lang }, stdin);
  const options: RunOptions = { ...given, [program.language]: program.source, signal };
  if (flags.input) options.inputs = flags.input;
  if (program.language !== 'wasm') options.file = program.name;
  if (flags.call !== undefined) return { ...options, call: flags.call, args: rest.map(argument) };
  options.argv = [program.name, ...rest];
  if (wantsStdin(program, file)) options.stdin = await stdin();
  return options;
}

/** Only commands and Python read standard input; for anything else an open pipe must not hold us up. */
const wantsStdin = (program: Program, file: string | undefined) =>
  (program.language === 'wasm' || program.language === 'python') && file !== '-' && isPiped();

function end(out: Sink, err: Sink): void {
  out.end();
  err.end();
}

function tell(result: RunResult, flags: RunFlags, out: Sink): void {
  if (flags.json) {
    out.line(successJson(result));
    return;
  }
  if (result.truncated) {
    process.stderr.write('warning: output beyond the limit (outputBytes) was dropped\n');
  }
  const { value } = result;
  if (value === null || value === undefined) return;
  out.line(showValue(value, process.stdout));
}

function tellFailure(
  error: unknown,
  flags: RunFlags,
  interruption: Interruption,
  out: Sink,
  err: Sink,
): number {
  const status = interruption.status();
  if (flags.json) out.line(failureJson(error));
  else if (!isSilent(error, status)) err.line(describeError(error));
  return status ?? exitStatus(error);
}

/** A program that ends with a status of its own has said what it had to say; so has who interrupts. */
function isSilent(error: unknown, status: number | undefined): boolean {
  if (!(error instanceof SandboxError)) return false;
  return error.code === 'guest_exit' || (status !== undefined && error.code === 'cancelled');
}
