// Tests the wheel that is put together from a library that was built already: it installs without the network and runs
// the README's first program, its record is right, and a tag that it does not live up to is refused. And that maturin
// understands what a release asks it for.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ownParts } from '../lib/parts.mjs';
import { platformName, pythonFolder } from '../lib/paths.mjs';
import { compatibility, plainTag, platforms } from '../lib/platforms.mjs';
import { assembleWheel, basePython, programOf, pythonProgram } from '../lib/python.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assembled-wheel-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const say = (program, ...args) => execFileSync(program, args, { cwd: folder, encoding: 'utf8' });

/** Every file of a wheel but the record has its line there, with its hash and size. */
const audit = `
import base64, csv, hashlib, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
record = next(name for name in wheel.namelist() if name.endswith("/RECORD"))
lines = {name: (digest, size) for name, digest, size in csv.reader(wheel.read(record).decode().splitlines())}
assert set(lines) == set(wheel.namelist()), set(lines) ^ set(wheel.namelist())
for name in set(lines) - {record}:
    content = wheel.read(name)
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    assert lines[name] == ("sha256=" + digest, str(len(content))), name
`;

test('it installs and runs, and its record is right', { timeout: 600_000 }, async () => {
  const tag = plainTag(platformName());
  await assembleWheel(ownParts(), { tag, out: folder });
  const [name, ...more] = readdirSync(folder);
  assert.deepEqual(more, []);
  assert.match(name, /^wasm_sandbox_py-\d+\.\d+\.\d+-cp310-abi3-/);
  assert.ok(name.endsWith(`-${tag}.whl`), name);
  say(basePython, '-c', audit, name);
  say(basePython, '-m', 'venv', 'environment');
  const python = programOf(join(folder, 'environment'), 'python');
  say(python, '-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '--no-index', name);
  const readme = readFileSync(join(pythonFolder, 'README.md'), 'utf8');
  const [quickStart] = readme.match(/(?<=```python\n)[\s\S]*?(?=```)/);
  assert.equal(say(python, '-I', '-c', quickStart).trim(), '3');
});

const glibc = { skip: !platformName().endsWith('-gnu') && 'only glibc has versions of functions' };

test('a tag that the library does not live up to is refused', glibc, async () => {
  for (const tag of ['manylinux_2_5_x86_64', 'musllinux_1_2_x86_64']) {
    await assert.rejects(assembleWheel(ownParts(), { tag, out: folder }), /ended with 1/);
    assert.deepEqual(readdirSync(folder), []);
  }
});

test('maturin knows what it is asked for on every platform', () => {
  for (const platform of platforms) {
    // It reads its arguments first; then there is nothing to build.
    const options = ['build', '--compatibility', compatibility(platform), '-m', 'none/Cargo.toml'];
    const { stderr } = spawnSync(pythonProgram('maturin'), options, {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.match(stderr, /does not exist/, platform);
    assert.doesNotMatch(stderr, /invalid value/, platform);
  }
});
