// The Python wheel, as its users get it: installed into an empty environment, without the network, it runs the first
// program of the README word for word.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pythonFolder, root } from '../lib/paths.mjs';
import { basePython, programOf } from '../lib/python.mjs';

const readme = readFileSync(join(pythonFolder, 'README.md'), 'utf8');
const [quickStart] = readme.match(/(?<=```python\n)[\s\S]*?(?=```)/g);

test('the wheel runs the quick start where nothing else is', { timeout: 900_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'wheel-'));
  const say = (program, args) =>
    execFileSync(program, args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    say(process.execPath, [join(root, 'scripts', 'python.mjs'), 'wheel', '--out', folder]);
    const files = readdirSync(folder);
    const wheel = files.find((name) => /-cp310-abi3-.*\.whl$/.test(name));
    assert.ok(wheel && files.some((name) => name.endsWith('.tar.gz')), files.join(', '));
    assert.ok(statSync(join(folder, wheel)).size > 10_000_000, 'the language packs are inside');
    const environment = join(folder, 'empty');
    say(basePython, ['-m', 'venv', environment]);
    const python = programOf(environment, 'python');
    say(python, ['-m', 'pip', 'install', '--no-index', '--disable-pip-version-check', wheel]);
    assert.equal(say(python, ['-I', '-c', quickStart]).trim(), '3');
    const where = 'import wasm_sandbox; print(wasm_sandbox.__file__)';
    assert.ok(say(python, ['-I', '-c', where]).includes('site-packages'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
