// Tests the manifests of the platforms' packages: npm chooses by os, cpu and libc alone, so they must fit
// the names that set-up gives to the artefacts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { platformName } from '../lib/paths.mjs';
import { platformManifest, platforms, withPlatforms } from '../lib/platforms.mjs';

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
