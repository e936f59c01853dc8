// Owns starting the built command as its users do: a process of its own, with what it wrote and its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/wasm-sandbox.mjs', import.meta.url));

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the command; `whenOut` is told of everything on standard output so far. */
export function command(
  args: string[],
  given: {
    stdin?: string | Uint8Array;
    whenOut?: (text: string, child: ChildProcess) => void;
  } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    given.whenOut?.(stdout, child);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(given.stdin ?? '');
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (status) => done({ status, stdout, stderr }));
  });
}
