// Owns the object that Go links: the C library's static archive, reduced to what its functions reach, with every
// other name made local, so that it disturbs no other library of a program.
import { readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { platformName, root, stateFolder } from './paths.mjs';
import { mustRun } from './processes.mjs';

/** A file of more is refused by usual forges, and fetched with every release. */
export const budget = 80 << 20;

const header = join(root, 'bindings', 'c', 'include', 'wasm_sandbox.h');

/** The C library as set-up built it; this checkout's own copy of it. */
export const archive = join(stateFolder, 'libwasm_sandbox_c.a');

/** Names of the C library's functions, as its header has them. */
export const functions = () => [
  ...new Set(readFileSync(header, 'utf8').match(/\bws_[a-z_]+(?=\()/g)),
];

/** Where a platform's Go module has it: the toolchain links every file of that ending. */
export const objectName = (platform) => {
  const [os, cpu] = platform.split('-');
  return `wasm_sandbox_${os === 'win32' ? 'windows' : os}_${cpu === 'x64' ? 'amd64' : cpu}.syso`;
};

/** The folder of this platform's Go module. */
export const platformFolder = () => join(root, 'bindings', 'go', 'platforms', platformName());

/** The object of this platform, where Go finds it. */
export const objectFile = () => join(platformFolder(), objectName(platformName()));

/** Makes the object. */
export async function makeObject(to, running) {
  const names = functions();
  const half = `${to}.${process.pid}`;
  const roots = names.flatMap((name) => ['-u', name]);
  await mustRun('ld', ['-r', '--gc-sections', '-S', ...roots, '-o', half, archive], running);
  const kept = names.map((name) => `--keep-global-symbol=${name}`);
  await mustRun('objcopy', ['--strip-debug', ...kept, half], running);
  const { size } = statSync(half);
  if (size > budget) {
    rmSync(half);
    throw new Error(`the object has ${size} bytes, ${budget} is the budget`);
  }
  renameSync(half, to);
}
