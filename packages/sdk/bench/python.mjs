// Runs the Python package's own benchmark in a Python that has its peer, wasmtime-py, from the per-user cache. What is
// measured, and how, is that program's business.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { line } from './measure.mjs';
import { findPython, pip } from './peers/install.mjs';

const folder = fileURLToPath(new URL('../../../bindings/python', import.meta.url));

export async function measure() {
  const found = findPython();
  if (!found) return line('Python', 'not measured: no Python 3 with venv is found');
  const pins = readFileSync(join(folder, 'bench', 'requirements.txt'), 'utf8').split('\n');
  const requirement = pins.find((text) => text.includes('==')) ?? '';
  try {
    const interpreter = pip(found, requirement);
    const path = [join(folder, 'python'), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
    const env = { ...process.env, PYTHONPATH: path };
    const script = join(folder, 'bench', 'main.py');
    const { status } = spawnSync(interpreter, [script], { env, stdio: 'inherit' });
    if (status !== 0) line('Python', `not measured further: the process ended with ${status}`);
  } catch (error) {
    line(requirement, `not measured: ${error instanceof Error ? error.message : error}`);
  }
}
