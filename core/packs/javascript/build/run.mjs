// Owns how the build starts other programs: no shell, output collected, shown when it went wrong.
// Knows none of the programs.
import { spawn } from 'node:child_process';

/** A program that is not there at all, which deserves another sentence than one that failed. */
export class Missing extends Error {}

/** Runs to the end and gives back stdout; throws with everything it printed when it failed. */
export function run(program, args, { cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out = [];
    const all = [];
    child.stdout.on('data', (data) => {
      out.push(data);
      all.push(data);
    });
    child.stderr.on('data', (data) => all.push(data));
    child.on('error', (error) =>
      reject(error.code === 'ENOENT' ? new Missing(`${program} is not installed`) : error),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(out).toString());
      const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
      const printed = Buffer.concat(all).toString().trim();
      reject(new Error(`${program} ${args[0] ?? ''} ${how}:\n${printed}`));
    });
  });
}
