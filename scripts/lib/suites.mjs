// Owns the list of test suites and how each is run and counted.
// A suite that cannot find its tests fails: silence is not success.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  cargoCounter,
  goCounter,
  judged,
  junitCounts,
  nothing,
  tapCounter,
  vitestCounts,
} from './counts.mjs';
import { listFiles } from './inputs.mjs';
import { goObstacle } from './object.mjs';
import { conformanceFolder, pythonFolder, root, stateFolder } from './paths.mjs';
import { cargoArguments, cargoEnvironment, run } from './processes.mjs';
import { pythonProgram } from './python.mjs';

const environment = { WASM_SANDBOX_CONFORMANCE_DIR: conformanceFolder };
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

async function rust() {
  const counter = cargoCounter();
  const code = await run('cargo', cargoArguments(['test', '--workspace', '--no-fail-fast']), {
    env: { ...cargoEnvironment, ...environment },
    echo: true,
    onLine: counter.line,
  });
  return judged(counter.counts(), code);
}

async function typescript(name) {
  const report = join(stateFolder, `vitest-${name}.json`);
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run(process.execPath, [vitest, 'run', ...reporters], {
    cwd: join(root, 'packages', name),
    env: environment,
    echo: true,
  });
  return judged(readOr(report, vitestCounts), code);
}

async function node(places) {
  const files = listFiles(root, places, (name) => name.endsWith('/') || name.endsWith('.test.mjs'));
  if (files.length === 0) return judged(nothing(), 1);
  const counter = tapCounter();
  const tap = join(stateFolder, `tap-${process.pid}.txt`);
  const options = ['--test', '--test-reporter=spec', '--test-reporter-destination=stdout'];
  options.push('--test-reporter=tap', `--test-reporter-destination=${tap}`);
  const code = await run(process.execPath, [...options, ...files.map((file) => file.path)], {
    env: environment,
    echo: true,
  });
  for (const line of readFileSync(tap, 'utf8').split('\n')) counter.line(line);
  rmSync(tap);
  return judged(counter.counts(), code);
}

/** All of it, and the tests that load the package once more under Go's own checks. */
async function go() {
  const obstacle = goObstacle();
  if (obstacle) {
    process.stdout.write(`Not tested here: ${obstacle}.\n`);
    return { ...nothing(), skipped: 1 };
  }
  const counter = goCounter();
  const options = { cwd: join(root, 'bindings', 'go'), echo: true, onLine: counter.line };
  const vet = await run('go', ['vet', './...'], options);
  const plain = await run('go', ['test', '-v', '-count=1', '-timeout=20m', './...'], {
    ...options,
    env: environment,
  });
  const checked = await run('go', ['test', '-v', '-count=1', '-short', '-race', './pkg/...'], {
    ...options,
    env: { ...environment, GODEBUG: 'cgocheck=1', GOGC: '1' },
  });
  return judged(counter.counts(), vet || plain || checked);
}

async function python() {
  const report = join(stateFolder, 'pytest.xml');
  rmSync(report, { force: true });
  const code = await run(pythonProgram(), ['-m', 'pytest', `--junitxml=${report}`], {
    cwd: pythonFolder,
    env: environment,
    echo: true,
  });
  return judged(readOr(report, junitCounts), code);
}

async function conformance() {
  const code = await run(process.execPath, [join(root, 'scripts', 'conformance-report.mjs')], {
    env: environment,
    echo: true,
  });
  return code === 0 ? { ...nothing(), passed: 1 } : judged(nothing(), code);
}

/** In the order in which they run; the report comes after the runners that it compares. */
export const suites = new Map([
  ['rust', rust],
  ['sdk', () => typescript('sdk')],
  ['cli', () => typescript('cli')],
  ['codegen', () => typescript('codegen')],
  ['python', python],
  ['packs', () => node(['core/packs'])],
  ['c', () => node(['bindings/c'])],
  ['go', go],
  ['scripts', () => node(['scripts/test'])],
  ['conformance', conformance],
]);

function readOr(file, read) {
  try {
    return read(readFileSync(file, 'utf8'));
  } catch {
    return nothing();
  }
}
