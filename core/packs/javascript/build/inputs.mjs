// Owns the question what the module is made of: one key over everything that can change its bytes.
// The pinned versions stand in sources/, so neither compiler nor sources need to be there to ask.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const pack = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const guest = join(pack, 'guest');
/** What both packs share. */
export const shared = resolve(pack, '..', 'shared', 'guest');
export const pins = join(pack, 'sources');

const pinFiles = ['Cargo.lock', 'Cargo.toml', 'compiler.txt'];

export function inputsKey() {
  const hash = createHash('sha256');
  const add = (folder, name) => {
    const bytes = readFileSync(join(folder, name));
    hash.update(`${name} ${bytes.length}\n`).update(bytes);
  };
  for (const folder of [guest, shared])
    for (const name of readdirSync(folder).sort()) add(folder, name);
  for (const name of pinFiles) add(pins, name);
  for (const name of ['compile.mjs', 'embed.mjs', 'patch.mjs']) add(join(pack, 'build'), name);
  return hash.digest('hex').slice(0, 32);
}
