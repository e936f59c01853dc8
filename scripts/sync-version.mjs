// `node scripts/sync-version.mjs [--check]`: carries the version of the changesets group (that of
// packages/sdk) into Cargo.toml, Cargo.lock, package-lock.json, every package.json and the Python package.
// With --check it writes nothing, names the files that differ, and ends with status 1.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/paths.mjs';
import {
  withGoVersion,
  withLockVersions,
  withNpmLockVersions,
  withPackageVersion,
  withPythonVersion,
  withWorkspaceVersion,
} from './lib/versions.mjs';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const read = (name) => readFileSync(join(root, name), 'utf8');
const folders = [
  'core',
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
  'bindings/go',
  'bindings/python',
].filter((folder) => existsSync(join(root, folder, 'package.json')));
const manifests = folders.map((folder) => JSON.parse(read(`${folder}/package.json`)));
const ours = manifests.map((manifest) => manifest.name);
const { version } = JSON.parse(read('packages/sdk/package.json'));
const crates = [...read('Cargo.lock').matchAll(/name = "(wasm-sandbox-[^"]+)"/g)].map(
  (match) => match[1],
);

const mended = {
  'Cargo.toml': (text) => withWorkspaceVersion(text, version),
  'Cargo.lock': (text) => withLockVersions(text, crates, version),
  'package.json': (text) => withPackageVersion(text, ours, version),
  'bindings/go/go.mod': (text) => withGoVersion(text, version),
  'bindings/go/bench/go.mod': (text) => withGoVersion(text, version),
  'examples/go/go.mod': (text) => withGoVersion(text, version),
  'package-lock.json': (text) => withNpmLockVersions(text, folders, ours, version),
};
mended['bindings/python/pyproject.toml'] = (text) => withPythonVersion(text, version);
mended['bindings/python/python/wasm_sandbox/__init__.py'] =
  mended['bindings/python/pyproject.toml'];
for (const folder of folders) {
  mended[`${folder}/package.json`] = (text) => withPackageVersion(text, ours, version);
}

const stale = Object.entries(mended).filter(([name, mend]) => {
  const text = read(name);
  const wanted = mend(text);
  if (wanted === text) return false;
  if (!values.check) writeFileSync(join(root, name), wanted);
  return true;
});
for (const [name] of stale) {
  process.stdout.write(`${values.check ? 'not at' : 'brought to'} version ${version}: ${name}\n`);
}
if (values.check && stale.length > 0) {
  process.stdout.write('Mend with: node scripts/sync-version.mjs\n');
  process.exitCode = 1;
}
