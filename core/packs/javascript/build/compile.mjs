// Owns the compiler's and linker's flags, and turns sources into one module.
// The same inputs give the same bytes: no paths, no dates, no debug information get in.
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { embed } from './embed.mjs';
import { guest, shared } from './inputs.mjs';
import { patch } from './patch.mjs';
import { say } from './progress.mjs';
import { run } from './run.mjs';

/** Of the stack in linear memory. It lies at the memory's start, so that running over it is a trap. */
const stackBytes = 2 << 20;

const target = ['-target', 'wasm32-wasi', '-mcpu=generic+bulk_memory+nontrapping_fptoint+sign_ext'];
const language = ['-std=gnu11', '-O2', '-g0', '-fno-sanitize=all', '-ffunction-sections'];
const defines = ['-DNDEBUG', '-D_GNU_SOURCE', `-DSTACK_BYTES=${stackBytes}`];
const ours = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter'];
const engineParts = ['libunicode.c', 'dtoa.c'];
const linking = [
  '-mexec-model=reactor',
  `-Wl,-z,stack-size=${stackBytes}`,
  '-Wl,--export=__stack_pointer',
  '-Wl,--gc-sections',
  '-s',
];

/** Compiles everything and gives back the module's path, in a folder of its own. */
export async function compile({ compiler, sources, cache }) {
  const base = join(cache, 'javascript-pack');
  mkdirSync(base, { recursive: true });
  const work = mkdtempSync(join(base, 'work-'));
  const zig = join(base, 'zig');
  const env = { ZIG_GLOBAL_CACHE_DIR: zig, ZIG_LOCAL_CACHE_DIR: zig };
  const scripts = readdirSync(guest).filter((name) => name.endsWith('.js'));
  for (const name of scripts) embed(join(guest, name), join(work, `${name}.inc`));
  patch(sources, 'quickjs.c', work);
  patch(sources, 'libregexp.c', work);
  const include = ['-I', work, '-I', guest, '-I', shared, '-I', sources];
  const files = [
    // First, because it takes longest; the engine's own code is not held to our warnings.
    { name: 'engine.c', path: join(guest, 'engine.c'), flags: ['-w'] },
    { name: 'libregexp.c', path: join(work, 'libregexp.c'), flags: ['-w'] },
    ...engineParts.map((name) => ({ name, path: join(sources, name), flags: ['-w'] })),
    ...[guest, shared].flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.c') && name !== 'engine.c')
        .sort()
        .map((name) => ({ name, path: join(folder, name), flags: ours })),
    ),
  ];
  const objects = files.map((file) => join(work, file.name.replace(/\.c$/, '.o')));
  const waiting = [...files.keys()];
  const worker = async () => {
    for (let i = waiting.shift(); i !== undefined; i = waiting.shift()) {
      say(`compiling ${files[i].name} (${i + 1} of ${files.length})`);
      const flags = [...target, ...language, ...defines, ...include, ...files[i].flags];
      await run(compiler, ['cc', ...flags, '-c', files[i].path, '-o', objects[i]], { env });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  say('linking');
  const module = join(work, 'javascript.wasm');
  await run(compiler, ['cc', ...target, '-O2', ...linking, '-o', module, ...objects], { env });
  return module;
}
