// `node scripts/python.mjs test|lint|format|wheel|sdist [--out FOLDER] [--compatibility TAG]`: the Python package's
// verbs, with the tools of its own environment. `sdist` makes an sdist with the language packs inside; `wheel` also builds
// a wheel, and refuses one that does not keep the promise of the platform's TAG.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packsFolder, profile, pythonFolder, stateFolder } from './lib/paths.mjs';
import { cargoEnvironment, run } from './lib/processes.mjs';
import { pythonProgram } from './lib/python.mjs';
import { runTasks } from './lib/tasks.mjs';

const { values, positionals } = parseArgs({
  options: {
    out: { type: 'string', default: join(stateFolder, 'wheels') },
    compatibility: { type: 'string' },
  },
  allowPositionals: true,
});
const cwd = pythonFolder;
const version = () => JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')).version;
const ruff = (title, ...args) => ({
  title,
  command: pythonProgram('ruff'),
  args,
  cwd,
  mend: 'npm run format',
});

const maturin = (...args) =>
  run(pythonProgram('maturin'), args, { cwd, env: cargoEnvironment, echo: true });

/** In a wheel the packs lie in the package; in a checkout they lie where set-up puts them, and only there. */
async function withPacks(work) {
  const packs = join(cwd, 'python', 'wasm_sandbox', 'packs');
  cpSync(packsFolder, packs, { recursive: true });
  try {
    return await work();
  } finally {
    rmSync(packs, { recursive: true, force: true });
  }
}

async function sdist() {
  const file = join(values.out, `wasm_sandbox_py-${version()}.tar.gz`);
  const fit = [join(cwd, 'tools', 'fit_lock.py'), file];
  return (
    (await maturin('sdist', '--out', values.out)) ||
    (await run(pythonProgram(), fit, { env: cargoEnvironment, echo: true }))
  );
}

const verbs = {
  test: () => run(pythonProgram(), ['-m', 'pytest'], { cwd, echo: true }),
  async lint() {
    const good = await runTasks([
      ruff('ruff', 'check', '.'),
      ruff('ruff format', 'format', '--check', '.'),
      {
        title: 'pyright',
        command: pythonProgram('pyright'),
        args: ['--pythonpath', pythonProgram()],
        cwd,
      },
      {
        title: 'stubtest',
        command: pythonProgram('stubtest'),
        args: ['wasm_sandbox._native', '--ignore-missing-stub'],
        cwd: join(cwd, 'python'),
        env: { PYTHONPATH: join(cwd, 'python') },
      },
    ]);
    return good ? 0 : 1;
  },
  async format() {
    await run(pythonProgram('ruff'), ['check', '--fix', '.'], { cwd, echo: true });
    return run(pythonProgram('ruff'), ['format', '.'], { cwd, echo: true });
  },
  wheel: () =>
    withPacks(async () => {
      const tag = values.compatibility ? ['--compatibility', values.compatibility] : [];
      const options = ['build', '--profile', profile, '--locked', ...tag, '--out', values.out];
      return (await sdist()) || (await maturin(...options));
    }),
  sdist: () => withPacks(sdist),
};

const verb = verbs[positionals[0]];
if (verb) process.exitCode = await verb();
else {
  process.stderr.write(`usage: node scripts/python.mjs ${Object.keys(verbs).join('|')}\n`);
  process.exitCode = 2;
}
