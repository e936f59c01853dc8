// Tests the manifests of the platforms' packages: npm chooses by os, cpu and libc alone, so they must fit
// the names that set-up gives to the artefacts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { platformName, root } from '../lib/paths.mjs';
import {
  plainTag,
  platformManifest,
  platforms,
  wheelTags,
  withPlatforms,
} from '../lib/platforms.mjs';

const sdk = {
  name: 'wasm-sandbox',
  version: '1.2.3',
  license: 'Apache-2.0',
  engines: { node: '>=20' },
};

test('os, cpu and libc follow from the name', () => {
  const gnu = platformManifest('linux-x64-gnu', sdk);
  assert.deepEqual([gnu.os, gnu.cpu, gnu.libc], [['linux'], ['x64'], ['glibc']]);
  const musl = platformManifest('linux-x64-musl', sdk);
  assert.deepEqual(musl.libc, ['musl']);
  const mac = platformManifest('darwin-arm64', sdk);
  assert.deepEqual([mac.os, mac.cpu, mac.libc], [['darwin'], ['arm64'], undefined]);
  assert.equal(mac.version, '1.2.3');
});

test('a wheel that promises nothing is one for the machine that it was built on', () => {
  assert.equal(plainTag('linux-arm64-gnu'), 'linux_aarch64');
  assert.equal(plainTag('linux-x64-musl'), 'linux_x86_64');
  assert.equal(plainTag('win32-x64'), 'win_amd64');
});

test('this machine is one of the platforms, and says what npm compares with', () => {
  const name = platformName();
  assert.ok(platforms.includes(name), name);
  const { os, cpu, main } = platformManifest(name, sdk);
  assert.deepEqual([os, cpu], [[process.platform], [process.arch]]);
  assert.equal(main, `wasm-sandbox.${name}.node`);
});

test('the published SDK asks for all of them in its own version', () => {
  const { optionalDependencies } = withPlatforms(sdk);
  assert.equal(Object.keys(optionalDependencies).length, platforms.length);
  assert.ok(Object.values(optionalDependencies).every((version) => version === '1.2.3'));
  assert.equal(sdk.optionalDependencies, undefined);
});

test('every package of every language knows the same platforms', () => {
  const read = (file) => readFileSync(join(root, file), 'utf8');
  const idiom = JSON.parse(read('packages/codegen/idiom.json'));
  const all = [...platforms].sort();
  assert.deepEqual(Object.keys(idiom.go.platforms).sort(), all);
  assert.deepEqual(Object.keys(wheelTags).sort(), all);
  const released = [...read('.github/workflows/release.yml').matchAll(/platform: ([\w-]+)/g)];
  assert.deepEqual(released.map(([, name]) => name).sort(), all);
  for (const file of ['bindings/go/go.mod', 'bindings/go/bench/go.mod', 'examples/go/go.mod']) {
    const wanted = new Set(
      [...read(file).matchAll(/platforms\/([\w-]+) v/g)].map(([, name]) => name),
    );
    assert.deepEqual([...wanted].sort(), all, file);
  }
});
