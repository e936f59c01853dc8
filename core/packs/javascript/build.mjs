// Owns the building of javascript.wasm: decides whether anything changed, and in which order the parts
// are made. Needs Node, python3 with pip and cargo; no root, no system packages.
// usage: node build.mjs --out FILE [--cache DIR]
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { withLock } from '../../../scripts/lib/lock.mjs';
import { cacheFolder } from '../../../scripts/lib/paths.mjs';
import { checkModule } from './build/check.mjs';
import { compile } from './build/compile.mjs';
import { findCompiler } from './build/compiler.mjs';
import { inputsKey } from './build/inputs.mjs';
import { say } from './build/progress.mjs';
import { findSources } from './build/sources.mjs';

const usage = 'usage: node build.mjs --out FILE [--cache DIR]';

function options() {
  const { values } = parseArgs({ options: { out: { type: 'string' }, cache: { type: 'string' } } });
  if (!values.out) throw new Error(usage);
  return { out: resolve(values.out), cache: resolve(values.cache ?? cacheFolder) };
}

/** Whoever looks for `path` finds all of it or nothing. */
function place(path, make) {
  mkdirSync(dirname(path), { recursive: true });
  const half = `${path}.${process.pid}.half`;
  try {
    make(half);
    renameSync(half, path);
  } finally {
    rmSync(half, { force: true });
  }
}

async function build(cache, kept) {
  const compiler = await findCompiler(cache);
  const sources = await findSources();
  const made = await compile({ compiler, sources, cache });
  try {
    checkModule(readFileSync(made));
    place(kept, (half) => copyFileSync(made, half));
  } finally {
    rmSync(dirname(made), { recursive: true, force: true });
  }
}

async function main() {
  const { out, cache } = options();
  const kept = join(cache, 'javascript-pack', 'modules', `${inputsKey()}.wasm`);
  if (!existsSync(kept)) {
    const onWait = () => say('another build is under way, waiting for it');
    const lock = join(cache, 'javascript-pack', 'lock');
    await withLock(lock, () => existsSync(kept) || build(cache, kept), { onWait });
  } else {
    utimesSync(kept, new Date(), new Date());
    say('nothing changed since it was built');
  }
  place(out, (half) => copyFileSync(kept, half));
  say(`written: ${out}`);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
