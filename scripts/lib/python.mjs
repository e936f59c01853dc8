// Owns the virtual environment of the Python package's tools: one per content of its requirements and per Python, in
// the per-user cache, so that all checkouts share it. What the tools are used for is decided elsewhere.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, pythonFolder } from './paths.mjs';
import { mustRun } from './processes.mjs';

const windows = process.platform === 'win32';
/** The Python that the package is tested with; set WASM_SANDBOX_PYTHON for another one. */
export const basePython = process.env.WASM_SANDBOX_PYTHON ?? (windows ? 'python' : 'python3');
const requirements = join(pythonFolder, 'requirements-dev.txt');

/** Where a program of a virtual environment lies. */
export const programOf = (environment, name) =>
  windows ? join(environment, 'Scripts', `${name}.exe`) : join(environment, 'bin', name);

function environmentFolder() {
  const ask = ['-c', 'import sys; print(sys.version, sys.base_prefix)'];
  const version = execFileSync(basePython, ask, { encoding: 'utf8' });
  const content = version + readFileSync(requirements, 'utf8');
  return join(
    cacheFolder,
    'python',
    createHash('sha256').update(content).digest('hex').slice(0, 16),
  );
}

/** A program of the environment: `python`, `ruff`, `pyright`. */
export const pythonProgram = (name = 'python') => programOf(environmentFolder(), name);

/** Makes the environment unless it is there. Half of one is never seen under its name. */
export async function makeEnvironment({ log, note, signal }) {
  const folder = environmentFolder();
  if (existsSync(programOf(folder, 'python'))) return;
  rmSync(folder, { recursive: true, force: true });
  const how = { log, onLine: note, signal };
  try {
    await mustRun(basePython, ['-m', 'venv', folder], how);
    const install = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '-r',
      requirements,
    ];
    await mustRun(programOf(folder, 'python'), install, how);
  } catch (error) {
    // A virtual environment knows its own place, so it cannot be made elsewhere and moved.
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A wheel of a library and language packs that were built already; refused where it would not keep its tag's promise. */
export const assembleWheel = ({ platform, python, packs }, { tag, out }) =>
  mustRun(
    pythonProgram(),
    [
      join(pythonFolder, 'tools', 'assemble_wheel.py'),
      ...['--library', python, '--packs', packs, '--tag', tag, '--out', out],
      ...['--name', platform.startsWith('win32') ? '_native.pyd' : '_native.abi3.so'],
    ],
    { cwd: pythonFolder, echo: true },
  );
