// Owns the question what the module is made of: one key over everything that can change its bytes.
// The pinned versions stand in sources/, so neither compiler nor sources need to be there to ask.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const pack = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const guest = join(pack, 'guest');
export const pins = join(pack, 'sources');
/** What both packs share; the compiler is the JavaScript pack's. */
export const shared = resolve(pack, '..', 'shared', 'guest');
const compiler = resolve(pack, '..', 'javascript', 'sources', 'compiler.txt');

/** What only looks at the result, or only says what happens, cannot change the bytes. */
const harmless = ['cache.mjs', 'check.mjs', 'inputs.mjs', 'progress.mjs'];

function filesIn(folder) {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]));
}

export function keyOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const bytes = readFileSync(path);
    hash.update(`${relative(pack, path).replaceAll('\\', '/')} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex').slice(0, 32);
}

export function inputsKey() {
  const build = filesIn(join(pack, 'build')).filter(
    (path) => !harmless.some((name) => path.endsWith(name)),
  );
  return keyOf([...filesIn(guest), ...filesIn(pins), ...build, ...filesIn(shared), compiler]);
}
