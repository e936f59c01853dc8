// The Python packages as their users get them. The wheel, installed into an empty environment without the network, runs
// the first program of the README word for word. The sdist has what it takes, and a lock file that fits it; it is also
// built as pip does it where there is no wheel, which compiles for minutes where cargo's target folder is new.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packsFolder, profile, pythonFolder, root, targetFolder } from '../lib/paths.mjs';
import { basePython, programOf } from '../lib/python.mjs';

const readme = readFileSync(join(pythonFolder, 'README.md'), 'utf8');
const [quickStart] = readme.match(/(?<=```python\n)[\s\S]*?(?=```)/g);
const folder = mkdtempSync(join(tmpdir(), 'wheel-'));
const built = (pattern) => {
  const found = readdirSync(folder).find((name) => pattern.test(name));
  assert.ok(found, readdirSync(folder).join(', '));
  return join(folder, found);
};
const say = (program, args, { cwd = folder, env = {} } = {}) =>
  execFileSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Installs a file into an empty environment, where the quick start has to run. */
function install(name, options, env) {
  const environment = join(folder, name);
  say(basePython, ['-m', 'venv', environment]);
  const python = programOf(environment, 'python');
  say(python, ['-m', 'pip', 'install', '--disable-pip-version-check', ...options], { env });
  assert.equal(say(python, ['-I', '-c', quickStart]).trim(), '3');
  const where = 'import wasm_sandbox; print(wasm_sandbox.__file__)';
  assert.ok(say(python, ['-I', '-c', where]).includes('site-packages'));
}

before(
  () => say(process.execPath, [join(root, 'scripts', 'python.mjs'), 'wheel', '--out', folder]),
  { timeout: 900_000 },
);
after(() => rmSync(folder, { recursive: true, force: true }));

test('the wheel runs the quick start where nothing else is', { timeout: 900_000 }, () => {
  const wheel = built(/-cp310-abi3-.*\.whl$/);
  assert.ok(statSync(wheel).size > 10_000_000, 'the language packs are inside');
  install('of-the-wheel', ['--no-index', wheel]);
});

test('the sdist has what it takes to build it, and a lock file that fits', () => {
  const unpack = 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(".")';
  const sdist = built(/\.tar\.gz$/);
  say(basePython, ['-c', unpack, sdist]);
  const cwd = sdist.replace('.tar.gz', '');
  const files = readdirSync(cwd, { recursive: true }).map((name) => name.replaceAll('\\', '/'));
  const packs = readdirSync(packsFolder).map((name) => `python/wasm_sandbox/packs/${name}`);
  assert.ok(packs.length >= 6);
  const needed = ['Cargo.toml', 'Cargo.lock', 'README.md', 'pyproject.toml', 'PKG-INFO'];
  needed.push('bindings/python/src/lib.rs', 'core/sandbox/src/lib.rs');
  needed.push('python/wasm_sandbox/py.typed');
  for (const name of [...needed, ...packs]) assert.ok(files.includes(name), name);
  const foreign = /(^|\/)(node_modules|tools|bench|__pycache__)\/|\.(so|pyd)$|^(packages|tests)\//;
  assert.deepEqual(
    files.filter((name) => foreign.test(name)),
    [],
  );
  say('cargo', ['tree', '--locked', '--offline', '--depth', '0', '-p', 'wasm-sandbox-py'], { cwd });
  const versions = (place) => {
    const lock = readFileSync(join(place, 'Cargo.lock'), 'utf8');
    return new Set(lock.match(/(?<=\[\[package\]\]\n)name = .*\nversion = .*/g));
  };
  const [theirs, ours] = [versions(cwd), versions(root)];
  assert.ok(theirs.size > 50 && theirs.size < ours.size);
  assert.deepEqual(
    [...theirs].filter((one) => !ours.has(one)),
    [],
  );
});

test('pip builds the sdist, and it runs the quick start', { timeout: 3_600_000 }, () => {
  install('of-the-sdist', [built(/\.tar\.gz$/)], {
    CARGO_TARGET_DIR: targetFolder,
    MATURIN_PEP517_ARGS: `--profile ${profile} --locked`,
  });
});
