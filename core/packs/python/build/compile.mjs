// Owns the compiler's and linker's flags, and turns sources into objects and objects into modules.
// The same inputs give the same bytes: no paths, no dates, no debug information get in.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { run } from '../../javascript/build/run.mjs';
import { guest, shared } from './inputs.mjs';
import { libraryIncludes, libraryUnits } from './libraries.mjs';
import { say } from './progress.mjs';
import { inittab, interpreterUnits } from './units.mjs';

/** Of the stack in linear memory. It lies at the memory's start, so that running over it is a trap. */
export const stackBytes = 4 << 20;

const target = ['-target', 'wasm32-wasi', '-mcpu=generic+bulk_memory+nontrapping_fptoint+sign_ext'];
const language = [
  '-std=gnu11',
  '-O2',
  '-g0',
  '-fno-sanitize=all',
  '-fwrapv',
  '-ffunction-sections',
];
const defines = [
  '-DNDEBUG',
  '-D_GNU_SOURCE',
  '-D_WASI_EMULATED_SIGNAL',
  '-D_WASI_EMULATED_GETPID',
  '-D_WASI_EMULATED_PROCESS_CLOCKS',
  `-DSTACK_BYTES=${stackBytes}`,
];
/** The shared allocator is the C library's. */
const allocator = 'heap.c';
const ours = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter'];
const emulated = ['signal', 'getpid', 'process-clocks'].map((name) => `-lwasi-emulated-${name}`);
const linking = [
  '-mexec-model=reactor',
  `-Wl,-z,stack-size=${stackBytes}`,
  '-Wl,--export=__stack_pointer',
  '-Wl,--gc-sections',
  '-s',
];

/** Compiles and links in one folder. */
export class Compiler {
  constructor({ program, sources, work, cache }) {
    Object.assign(this, { program, sources, work });
    this.env = { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
    this.count = 0;
    mkdirSync(work, { recursive: true });
  }

  cc(args) {
    // Paths inside of CPython's tree are relative, and so is what `__FILE__` says.
    return run(this.program, ['cc', ...target, ...args], {
      cwd: this.sources.python,
      env: this.env,
    });
  }

  /** Objects of `units`, each `{path, flags}`, in order. */
  async objects(units) {
    const all = units.map((unit) => ({
      ...unit,
      object: join(this.work, `${this.count++}-${basename(unit.path, '.c')}.o`),
    }));
    let next = 0;
    const worker = async () => {
      while (next < all.length) {
        const one = all[next++];
        if (next % 20 === 0) say(`compiling (${next} of ${all.length})`);
        const flags = [...language, ...defines, ...one.flags];
        await this.cc([...flags, '-c', one.path, '-o', one.object]);
      }
    };
    // All come to an end before the first failure is told, because the folder that they write to goes then.
    const ends = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
    for (const { reason } of ends) if (reason) throw reason;
    return all;
  }

  includes() {
    const folders = ['Include', 'Include/internal', 'Include/internal/mimalloc'];
    return [
      '-DPy_BUILD_CORE',
      ...['-I', join(guest, 'config')],
      ...folders.flatMap((name) => ['-I', name]),
    ];
  }

  /** The interpreter; those that need a library are marked. */
  interpreter() {
    const common = [
      '-w',
      '-Wno-int-conversion',
      ...this.includes(),
      ...libraryIncludes(this.sources.libraries),
    ];
    const units = interpreterUnits(this.sources.python);
    return this.objects(units.map((unit) => ({ ...unit, flags: [...common, ...unit.flags] })));
  }

  libraries() {
    const units = libraryUnits(this.sources.libraries);
    return this.objects(units.map(({ path, flags }) => ({ path, flags: ['-w', ...flags] })));
  }

  /** Our own files in `folder`, held to our warnings. `library`: names what they embed, which is not tracked. */
  own(folder, library = 'none') {
    const folders = folder === guest ? [guest, shared] : [folder];
    const paths = folders.flatMap((one) =>
      readdirSync(one)
        .filter((name) => name.endsWith('.c') && name !== allocator)
        .sort()
        .map((name) => join(one, name)),
    );
    const theirs = [shared, 'Modules', 'Modules/_hacl', 'Modules/_hacl/include'];
    const found = ['-I', this.work, '-I', guest, ...libraryIncludes(this.sources.libraries)].concat(
      theirs.flatMap((name) => ['-idirafter', name]),
    );
    const warnings = [...ours, '-Wno-missing-field-initializers', `-DLIBRARY_${library}`];
    const flags = [...this.includes(), ...found, ...warnings];
    return this.objects(paths.map((path) => ({ path, flags })));
  }

  /** What stands in the place of the C library's. */
  libc() {
    const paths = [join(shared, allocator), join(guest, 'libc', 'log2.c')];
    return this.objects(paths.map((path) => ({ path, flags: ours })));
  }

  /** The table of modules that are built in. */
  inittab(options, name) {
    const path = join(this.work, `${name}.c`);
    writeFileSync(path, `#include "Python.h"\n${inittab(options)}`);
    return this.objects([{ path, flags: ['-w', ...this.includes()] }]);
  }

  async link(objects, name) {
    const module = join(this.work, name);
    const paths = objects.map((one) => one.object);
    await this.cc(['-O2', ...linking, '-o', module, ...paths, ...emulated]);
    return module;
  }
}
