// Owns getting QuickJS-NG's C sources: the crate pinned in sources/, fetched by cargo, which checks it
// against its lock file, and compared once more as it lies on the disk. Changes nothing in it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pins } from './inputs.mjs';
import { say } from './progress.mjs';
import { Missing, run } from './run.mjs';

const crate = 'rquickjs-sys';
/** Over the names and contents of every C source and header. */
const expected = '53f22c8482e8947ef4c22c2a654ba1df2e37508b5dcf40b1ae4f0d8ceec30cb0';

function digest(folder) {
  const hash = createHash('sha256');
  const names = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
  for (const name of names.sort()) {
    const bytes = readFileSync(join(folder, name));
    hash.update(`${name} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

/** The folder of the C sources. */
export async function findSources() {
  const manifest = ['--locked', '--manifest-path', join(pins, 'Cargo.toml')];
  say('fetching the sources of QuickJS-NG');
  try {
    await run('cargo', ['fetch', '--quiet', ...manifest]);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    throw new Error('The sources of the JavaScript pack come with cargo: install Rust (rustup).');
  }
  const told = await run('cargo', ['metadata', '--format-version', '1', '--offline', ...manifest]);
  const found = JSON.parse(told).packages.find((one) => one.name === crate);
  const folder = join(dirname(found.manifest_path), 'quickjs');
  const actual = digest(folder);
  if (actual !== expected) {
    throw new Error(
      `The sources of QuickJS-NG in ${folder} are not those that the pack is pinned to (${actual}): remove that folder, so that cargo unpacks them again.`,
    );
  }
  return folder;
}
