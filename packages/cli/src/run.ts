// Owns `wasm-sandbox run`: the command line into the SDK's options, output as it comes, the value last.
import { inspect } from 'node:util';
import {
  type RunOptions,
  type RunResult,
  run,
  SandboxError,
  type SecurityPolicy,
} from 'wasm-sandbox';
import { coloured } from './colour.js';
import { exitStatus } from './exit.js';
import { type Interruption, onInterrupt } from './interrupt.js';
import { failureJson, successJson } from './json.js';
import { readPolicy } from './policy-option.js';
import { describeError } from './report.js';
import { Sink } from './sink.js';
import { type Language, type Program, readProgram, readText } from './source.js';
import { isPiped, readStdin } from './stdin.js';
import { neutralised } from './terminal.js';
import { argument } from './units.js';

/** The options of `run`, as the parser gives them. */
export interface RunFlags {
  code?: string;
  lang?: Language;
  policy: string;
  timeout?: number;
  cpu?: number;
  memory?: number;
  env?: Record<string, string>;
  input?: Record<string, unknown>;
  file?: Record<string, string>;
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
  const policy = withLimits(await readPolicy(flags.policy), flags);
  const limit = policy.limits.memoryBytes;
  const stdin = () => readStdin(limit, signal);
  const file = flags.code === undefined ? operands[0] : undefined;
  const rest = flags.code === undefined ? operands.slice(1) : operands;
  const program = await readProgram({ code: flags.code, file, language: flags.lang }, stdin);
  const options: RunOptions = { [program.language]: program.source, policy, signal };
  if (flags.env) options.env = flags.env;
  if (flags.input) options.inputs = flags.input;
  if (flags.file) options.files = await readFiles(flags.file);
  if (program.language !== 'wasm') options.file = program.name;
  if (flags.call !== undefined) return { ...options, call: flags.call, args: rest.map(argument) };
  options.argv = [program.name, ...rest];
  if (wantsStdin(program, file)) options.stdin = await stdin();
  return options;
}

/** Only commands read standard input; for anything else an open pipe must not hold us up. */
const wantsStdin = (program: Program, file: string | undefined) =>
  program.language === 'wasm' && file !== '-' && isPiped();

function withLimits(policy: SecurityPolicy, flags: RunFlags): SecurityPolicy {
  const given = { wallTimeMs: flags.timeout, cpuTimeMs: flags.cpu, memoryBytes: flags.memory };
  const limits = Object.entries(given).filter(([, value]) => value !== undefined);
  return limits.length > 0 ? policy.withLimits(Object.fromEntries(limits)) : policy;
}

async function readFiles(named: Record<string, string>): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = Object.create(null);
  for (const [guest, host] of Object.entries(named)) files[guest] = await readText(host);
  return files;
}

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
  const colors = coloured(process.stdout);
  out.line(shown(inspect(value, { colors, depth: 8, maxStringLength: 100_000 })));
}

/** inspect escapes a guest's control characters, so that only its own colours are left to pass. */
function shown(text: string): string {
  const parts = text.split(ownColours);
  return parts.map((part, i) => (i % 2 === 0 ? neutralised(part) : part)).join('');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: inspect writes them
const ownColours = /(\u001b\[\d{1,2}m)/;

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
