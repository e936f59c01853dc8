// Tests the tags of the Go modules, in a repository made for it: what each tag holds, and that nothing is tagged when a
// platform is missing or the version was tagged before.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { root } from '../lib/paths.mjs';
import { platforms } from '../lib/platforms.mjs';
import { basePython } from '../lib/python.mjs';

const module = 'github.com/wasm-sandbox/wasm-sandbox-go';
const version = `v${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}`;
let folder;
let clone;
const git = (...args) => execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8' });
const files = (tag) => git('ls-tree', '-r', '--name-only', tag).trim().split('\n').sort();
const tagThem = (...proxies) => {
  const script = join(root, 'scripts', 'go-tags.mjs');
  const options = ['--repository', clone, ...proxies.map((name) => join(folder, name))];
  return spawnSync(process.execPath, [script, ...options], { encoding: 'utf8' });
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'go-tags-test-'));
  clone = join(folder, 'clone');
  execFileSync('git', ['init', '--quiet', '--initial-branch', 'main', clone]);
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@example.com');
  writeFileSync(join(clone, 'old.go'), 'package old\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'v0.0.1');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A module in a proxy, as the proxy's files are. */
function put(proxy, part, contents) {
  const path = part ? `${module}/${part}` : module;
  const file = join(folder, proxy, path, '@v', `${version}.zip`);
  mkdirSync(dirname(file), { recursive: true });
  const code =
    'import sys, zipfile, json\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n for n, t in json.loads(sys.argv[2]).items(): z.writestr(n, t)';
  const named = Object.entries(contents).map(([name, text]) => [
    `${path}@${version}/${name}`,
    text,
  ]);
  execFileSync(basePython, ['-c', code, file, JSON.stringify(Object.fromEntries(named))]);
}

function all(except) {
  put('one', '', { 'go.mod': 'module x\n', 'pkg/a.go': 'package a\n' });
  for (const name of platforms.filter((one) => one !== except)) {
    const proxy = name.startsWith('linux') ? 'one' : 'two';
    put(proxy, `platforms/${name}`, { 'go.mod': `module ${name}\n`, 'x.syso': name });
  }
}

test('the package has no object, and each platform’s tag has its own and no history', () => {
  all();
  const { status, stdout, stderr } = tagThem('one', 'two');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /tagged v/);
  assert.deepEqual(files(version), ['go.mod', 'pkg/a.go']);
  assert.equal(git('rev-list', '--count', version).trim(), '2');
  for (const name of platforms) {
    const tag = `platforms/${name}/${version}`;
    assert.deepEqual(files(tag), [`platforms/${name}/go.mod`, `platforms/${name}/x.syso`]);
    assert.equal(git('show', `${tag}:platforms/${name}/x.syso`), name);
    assert.equal(git('rev-list', '--count', tag).trim(), '1');
  }
  assert.equal(git('branch', '--format', '%(refname:short)').trim(), 'main');
  assert.equal(git('status', '--short'), '');
  assert.match(tagThem('one', 'two').stderr, /tagged already/);
});

test('without one platform nothing is tagged', () => {
  all('win32-x64');
  const { status, stderr } = tagThem('one', 'two');
  assert.equal(status, 1);
  assert.match(stderr, /platforms\/win32-x64/);
  assert.equal(git('tag', '--list'), '');
  assert.equal(tagThem().status, 2);
});
