// Owns the start of other programs: output goes to a log, line by line to a listener, or straight on.
// Must not interpret what a program says.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { profile, root, targetFolder } from './paths.mjs';

export class ProgramFailed extends Error {
  constructor(command, code, log) {
    super(`${command} ended with ${code}`);
    this.log = log;
  }
}

/** The environment of every cargo command: one target folder for all checkouts of a user. */
export const cargoEnvironment = { CARGO_TARGET_DIR: targetFolder };

const compiling = ['build', 'check', 'clippy', 'test', 'run', 'bench', 'rustc', 'doc'];

/**
 * `test --workspace` becomes `test --profile ci --workspace`; fmt and metadata know no profile.
 * In CI a lock file that does not fit the manifests is an error and not silently mended.
 */
export function cargoArguments([verb, ...rest], { ci = Boolean(process.env.CI) } = {}) {
  if (!compiling.includes(verb)) return [verb, ...rest];
  return [verb, '--profile', profile, ...(ci ? ['--locked'] : []), ...rest];
}

/** npm is a script: Windows starts it only through a shell. */
const needsShell = (command) => process.platform === 'win32' && /^(npm|npx)$/.test(command);

/**
 * Runs a program to its end and returns its exit code (a signal counts as 1).
 * `log`: a file for the output; `onLine`: hears every line; `echo`: passes the output on as it comes;
 * with none of them the program shares this process's own streams.
 */
export function run(command, args, { cwd = root, env = {}, log, onLine, echo, signal } = {}) {
  const captured = Boolean(log || onLine || echo);
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      shell: needsShell(command),
      signal,
      stdio: captured ? ['ignore', 'pipe', 'pipe'] : ['inherit', 'inherit', 'inherit'],
    });
    const file = log && openLog(log);
    let cause;
    const finish = (code) => {
      if (file) closeSync(file);
      if (cause) fail(cause);
      else done(code ?? 1);
    };
    if (captured) {
      for (const [stream, own] of [
        [child.stdout, process.stdout],
        [child.stderr, process.stderr],
      ]) {
        let rest = '';
        stream.setEncoding('utf8').on('data', (text) => {
          if (file) writeSync(file, text);
          if (echo) own.write(text);
          if (!onLine) return;
          const lines = (rest + text).split(/\r?\n/);
          rest = lines.pop();
          for (const line of lines) onLine(line);
        });
        stream.on('end', () => rest && onLine?.(rest));
      }
    }
    child.on('error', (error) => {
      cause = error;
      // A program that was called off still has to end; one that never started will not.
      if (child.pid === undefined) fail(error);
    });
    child.on('close', finish);
  });
}

/** As `run`, but anything other than success throws `ProgramFailed`. */
export async function mustRun(command, args, options = {}) {
  const code = await run(command, args, options);
  if (code !== 0) throw new ProgramFailed([command, ...args].join(' '), code, options.log);
}

function openLog(log) {
  mkdirSync(dirname(log), { recursive: true });
  return openSync(log, 'w');
}

/** Beginning and end of a log, for people who have to see why something failed. */
export function excerpt(log, { head = 12, end = 40 } = {}) {
  const lines = readFileSync(log, 'utf8').trimEnd().split(/\r?\n/);
  if (lines.length <= head + end + 1) return lines.join('\n');
  return [...lines.slice(0, head), '[…]', ...lines.slice(-end)].join('\n');
}
