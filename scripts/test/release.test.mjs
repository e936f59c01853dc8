// Tests what the release script does before it builds anything: its arguments, the check of versions; and the manifests
// and the list that it makes. That the packages install is tested where they are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { partsIn } from '../lib/parts.mjs';
import { root } from '../lib/paths.mjs';
import { platforms } from '../lib/platforms.mjs';
import { listing, packages, releaseArguments, released } from '../lib/release.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const release = (at, ...args) =>
  spawnSync(process.execPath, [join(at, 'scripts', 'release.mjs'), ...args], { encoding: 'utf8' });

test('help teaches, and what is wrong is said with it', () => {
  const help = release(root, '--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /--out FOLDER[\s\S]*--portable/);
  for (const args of [[], ['--where', 'x'], ['--out'], ['x']]) {
    const { status, stdout, stderr } = release(root, ...args);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, /usage: node scripts\/release\.mjs/);
  }
});

test('it writes into a new or an empty folder only', () => {
  assert.deepEqual(releaseArguments(['--out', folder]), { out: folder, portable: false });
  const fresh = join(folder, 'new');
  assert.deepEqual(releaseArguments(['--portable', '--out', fresh]), {
    out: fresh,
    portable: true,
  });
  writeFileSync(join(folder, 'old.tgz'), '');
  assert.match(releaseArguments(['--out', folder]).say, /not an empty folder/);
  assert.equal(releaseArguments(['--out', join(folder, 'old.tgz')]).status, 2);
});

test('what was built elsewhere is taken from a folder, and all of it has to be there', () => {
  const natives = join(folder, 'natives');
  const asked = ['--out', join(folder, 'new'), '--platform', 'linux-arm64-musl'];
  const say = (...args) => releaseArguments(args).say;
  assert.match(say(...asked), /go together[\s\S]*usage/);
  assert.match(say('--out', 'new', '--natives', natives), /go together/);
  assert.match(say(...asked.with(-1, 'amiga'), '--natives', natives), /go together/);
  mkdirSync(join(natives, 'packs'), { recursive: true });
  for (const name of ['libwasm_sandbox_node.so', 'libwasm_sandbox_python.so']) {
    writeFileSync(join(natives, name), '');
  }
  writeFileSync(join(natives, 'packs', 'javascript.json'), '');
  const lack = /^missing: \S+libwasm_sandbox_c\.a, \S+python\.json\n$/;
  assert.match(say(...asked, '--natives', natives), lack);
  writeFileSync(join(natives, 'packs', 'python.json'), '');
  writeFileSync(join(natives, 'libwasm_sandbox_c.a'), '');
  const { parts } = releaseArguments([...asked, '--natives', natives]);
  assert.deepEqual(parts, {
    platform: 'linux-arm64-musl',
    addon: join(natives, 'libwasm_sandbox_node.so'),
    python: join(natives, 'libwasm_sandbox_python.so'),
    archive: join(natives, 'libwasm_sandbox_c.a'),
    packs: join(natives, 'packs'),
  });
  assert.match(partsIn(natives, 'win32-x64').addon, /wasm_sandbox_node\.dll$/);
});

test('nothing is assembled while versions differ', () => {
  const files = [
    'Cargo.toml',
    'Cargo.lock',
    'package.json',
    'package-lock.json',
    'rust-toolchain.toml',
  ];
  files.push(
    'core/package.json',
    ...['cli', 'codegen', 'sdk'].map((one) => `packages/${one}/package.json`),
  );
  files.push('bindings/go/go.mod', 'bindings/go/bench/go.mod', 'examples/go/go.mod');
  files.push('bindings/go/package.json');
  files.push('bindings/python/package.json', 'bindings/python/pyproject.toml');
  files.push('bindings/python/python/wasm_sandbox/__init__.py');
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  const project = join(folder, 'bindings', 'python', 'pyproject.toml');
  const text = readFileSync(project, 'utf8').replace(/^version = ".*"$/m, 'version = "99.0.0"');
  writeFileSync(project, text);
  const out = join(folder, 'out');
  const { status, stdout, stderr } = release(folder, '--out', out);
  assert.equal(status, 1);
  assert.match(stdout, /not at version \S+: bindings\/python\/pyproject\.toml/);
  assert.match(stderr, /versions do not agree/);
  assert.ok(!existsSync(out));
});

test('the SDK is published without anything native, and asks for the platforms', () => {
  assert.deepEqual(packages(root).sort(), ['cli', 'sdk']);
  const manifest = JSON.parse(readFileSync(join(root, 'packages/sdk/package.json'), 'utf8'));
  const made = released(manifest);
  assert.deepEqual(made.files, ['dist']);
  assert.equal(Object.keys(made.optionalDependencies).length, platforms.length);
  assert.deepEqual(
    [made.scripts, made.devDependencies, made.nx],
    [undefined, undefined, undefined],
  );
  assert.deepEqual([made.name, made.version], [manifest.name, manifest.version]);
});

test('the list has every file with its size', () => {
  mkdirSync(join(folder, 'go'));
  writeFileSync(join(folder, 'go', 'v1.zip'), Buffer.alloc(1_500_000));
  writeFileSync(join(folder, 'a.whl'), Buffer.alloc(2_000));
  assert.deepEqual(
    listing(folder)
      .split('\n')
      .map((line) => line.trim()),
    ['0.002 MB  a.whl', '1.500 MB  go/v1.zip', '1.502 MB  in all, 2 files'],
  );
});
