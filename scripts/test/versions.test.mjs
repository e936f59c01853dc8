// Tests how the version is read and carried on, on the forms in which these files are really written.
// The script itself is run against the repository by `npm run lint`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  withLockVersions,
  withNpmLockVersions,
  withPackageVersion,
  withPythonVersion,
  withWorkspaceVersion,
} from '../lib/versions.mjs';

test('Cargo.toml: the version of the workspace and no other', () => {
  const text =
    '[workspace]\nresolver = "3"\n\n[workspace.package]\nedition = "2024"\nversion = "0.1.0"\nrust-version = "1.95"\n\n[workspace.dependencies]\nserde = { version = "1" }\n';
  assert.equal(withWorkspaceVersion(text, '0.2.0'), text.replace('"0.1.0"', '"0.2.0"'));
  assert.throws(() => withWorkspaceVersion('[package]\nversion = "1"\n', '0.2.0'), /no version/);
  const elsewhere = '[workspace.package]\nedition = "2024"\n\n[other]\nversion = "1"\n';
  assert.throws(() => withWorkspaceVersion(elsewhere, '0.2.0'), /no version/);
});

test('Cargo.lock: our own crates, never one with a source', () => {
  const ours =
    '[[package]]\nname = "wasm-sandbox-core"\nversion = "0.1.0"\ndependencies = [\n "x",\n]\n\n';
  const theirs =
    '[[package]]\nname = "wasm-sandbox-like"\nversion = "0.1.0"\nsource = "registry+x"\n';
  const mended = withLockVersions(
    ours + theirs,
    ['wasm-sandbox-core', 'wasm-sandbox-like'],
    '0.2.0',
  );
  assert.equal(mended, ours.replace('0.1.0', '0.2.0') + theirs);
});

test('package.json: its version and exact references to ours', () => {
  const text = `{
  "name": "@wasm-sandbox/cli",
  "version": "0.1.0",
  "bin": { "wasm-sandbox": "./bin/wasm-sandbox.mjs" },
  "dependencies": { "commander": "0.1.0", "wasm-sandbox": "0.1.0" },
  "peerDependencies": { "wasm-sandbox": "*" }
}
`;
  const mended = JSON.parse(
    withPackageVersion(text, ['wasm-sandbox', '@wasm-sandbox/cli'], '0.2.0'),
  );
  assert.equal(mended.version, '0.2.0');
  assert.deepEqual(mended.dependencies, { commander: '0.1.0', 'wasm-sandbox': '0.2.0' });
  assert.equal(mended.bin['wasm-sandbox'], './bin/wasm-sandbox.mjs');
  assert.equal(mended.peerDependencies['wasm-sandbox'], '*');
});

test('the Python package: its own version, and none of what it builds with', () => {
  const text = '[build-system]\nrequires = ["maturin>=1.9"]\n[project]\nversion = "0.1.0"\n';
  assert.equal(withPythonVersion(text, '0.2.0'), text.replace('0.1.0', '0.2.0'));
  assert.equal(withPythonVersion('__version__ = "0.1.0"\n', '0.2.0'), '__version__ = "0.2.0"\n');
  assert.throws(() => withPythonVersion('name = "a"', '0.2.0'), /says no version/);
});

test('package-lock.json: our folders, their references, and nothing else', () => {
  const lock = {
    name: 'x',
    version: '0.1.0',
    packages: {
      '': { version: '0.1.0' },
      core: { version: '0.1.0' },
      'packages/cli': {
        version: '0.1.0',
        dependencies: { 'wasm-sandbox': '0.1.0', commander: '0.1.0' },
      },
      'node_modules/commander': { version: '0.1.0' },
    },
  };
  const text = withNpmLockVersions(
    JSON.stringify(lock),
    ['core', 'packages/cli'],
    ['wasm-sandbox'],
    '0.2.0',
  );
  const { version, packages } = JSON.parse(text);
  assert.equal(version, '0.2.0');
  assert.equal(packages[''].version, '0.2.0');
  assert.equal(packages.core.version, '0.2.0');
  assert.deepEqual(packages['packages/cli'].dependencies, {
    'wasm-sandbox': '0.2.0',
    commander: '0.1.0',
  });
  assert.equal(packages['node_modules/commander'].version, '0.1.0');
});
