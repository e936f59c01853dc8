// Owns the building of python.wasm: in which order the parts are made. Needs Node, python3 with pip, cargo and git; no
// root, no system packages.
// usage: node build.mjs --out FILE [--cache DIR]
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findCompiler } from '../javascript/build/compiler.mjs';
import { buildPack } from '../shared/build/pack.mjs';
import { checkModule } from './build/check.mjs';
import { Compiler } from './build/compile.mjs';
import { freezeLibrary } from './build/freeze.mjs';
import { guest, inputsKey, pack } from './build/inputs.mjs';
import { say } from './build/progress.mjs';
import { findSources } from './build/sources.mjs';

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
  const modules = await compiler.inittab({ libraries: true, own: ['_sandbox', '_kdf'] }, 'modules');
  say('linking');
  return compiler.link([...interpreter, ...libraries, ...libc, ...own, ...modules], 'python.wasm');
}

async function make(cache, keep) {
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
    keep(made);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

buildPack({ name: 'python', key: inputsKey(), make, say });
