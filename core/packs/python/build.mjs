// Owns the building of python.wasm: decides whether anything changed, and in which order the parts
// are made. Needs Node, python3 with pip, cargo and git; no root, no system packages.
// usage: node build.mjs --out FILE [--cache DIR]
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { withLock } from '../../../scripts/lib/lock.mjs';
import { cacheFolder } from '../../../scripts/lib/paths.mjs';
import { findCompiler } from '../javascript/build/compiler.mjs';
import { checkModule } from './build/check.mjs';
import { Compiler } from './build/compile.mjs';
import { freezeLibrary } from './build/freeze.mjs';
import { guest, inputsKey, pack } from './build/inputs.mjs';
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

/** A small interpreter first, which compiles the standard library; then the whole one with the library in it. */
async function makeModule(compiler) {
  const libc = await compiler.libc();
  const interpreter = await compiler.interpreter();
  const bare = interpreter.filter((one) => !one.library);
  const freezer = await compiler.link(
    [
      ...bare,
      ...libc,
      ...(await compiler.own(join(pack, 'freezer'))),
      ...(await compiler.inittab({ libraries: false, own: [] }, 'bare_modules')),
    ],
    'freezer.wasm',
  );
  const library = freezeLibrary({
    module: new WebAssembly.Module(readFileSync(freezer)),
    library: join(compiler.sources.python, 'Lib'),
    zones: compiler.sources.zones,
    own: join(guest, 'python'),
    into: compiler.work,
  });
  const libraries = await compiler.libraries();
  const own = await compiler.own(guest, library);
  const modules = await compiler.inittab({ libraries: true, own: ['_sandbox'] }, 'modules');
  say('linking');
  return compiler.link([...interpreter, ...libraries, ...libc, ...own, ...modules], 'python.wasm');
}

async function build(cache, kept) {
  const base = join(cache, 'python-pack');
  mkdirSync(base, { recursive: true });
  const program = await findCompiler(cache);
  const sources = await findSources(base);
  const work = mkdtempSync(join(base, 'work-'));
  try {
    const made = await makeModule(
      new Compiler({ program, sources, work, cache: join(base, 'zig') }),
    );
    checkModule(readFileSync(made));
    place(kept, (half) => copyFileSync(made, half));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function main() {
  const { out, cache } = options();
  const kept = join(cache, 'python-pack', 'modules', `${inputsKey()}.wasm`);
  if (!existsSync(kept)) {
    const onWait = () => say('another build is under way, waiting for it');
    const lock = join(cache, 'python-pack', 'lock');
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
