// Owns what the build scripts of both packs share: options, the cache by a key over all inputs, one build at a time.
// How a module is made is each pack's own.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { withLock } from '../../../../scripts/lib/lock.mjs';
import { cacheFolder } from '../../../../scripts/lib/paths.mjs';

function options() {
  const { values } = parseArgs({ options: { out: { type: 'string' }, cache: { type: 'string' } } });
  if (!values.out) throw new Error('usage: node build.mjs --out FILE [--cache DIR]');
  return { out: resolve(values.out), cache: resolve(values.cache ?? cacheFolder) };
}

/** Whoever looks for `path` finds all of it or nothing. */
function place(path, from) {
  mkdirSync(dirname(path), { recursive: true });
  const half = `${path}.${process.pid}.half`;
  try {
    copyFileSync(from, half);
    renameSync(half, path);
  } finally {
    rmSync(half, { force: true });
  }
}

/**
 * `key` names what is made of the inputs as they are, `make(cache, keep)` makes the module and gives its path to
 * `keep` before it removes it, `say` tells people.
 */
async function main({ name, key, make, say }) {
  const { out, cache } = options();
  const base = join(cache, `${name}-pack`);
  const kept = join(base, 'modules', `${key}.wasm`);
  if (!existsSync(kept)) {
    const onWait = () => say('another build is under way, waiting for it');
    const build = () => existsSync(kept) || make(cache, (made) => place(kept, made));
    await withLock(join(base, 'lock'), build, { onWait });
  } else {
    utimesSync(kept, new Date(), new Date());
    say('nothing changed since it was built');
  }
  place(out, kept);
  say(`written: ${out}`);
}

/** Runs the build as a command. */
export function buildPack(pack) {
  main(pack).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
