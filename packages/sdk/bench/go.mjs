// Runs the Go package's own benchmark, a module of its own, so that nobody who uses the package gets its peer.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { line } from './measure.mjs';

const cwd = fileURLToPath(new URL('../../../bindings/go/bench', import.meta.url));

export async function measure() {
  const { status, error } = spawnSync('go', ['run', '.'], { cwd, stdio: 'inherit' });
  if (status !== 0) line('Go', `not measured: ${error?.message ?? `go ended with ${status}`}`);
}
