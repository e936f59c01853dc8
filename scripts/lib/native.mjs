// Owns the one cargo command that builds every native artefact, and the copy of the library to where
// the SDK loads it. Must never build one crate alone: other features would compile wasmtime again.
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join, parse } from 'node:path';
import { archive } from './object.mjs';
import {
  addonFile,
  libraryName,
  profile,
  programFile,
  pythonLibrary,
  stateFolder,
  targetFolder,
} from './paths.mjs';
import { cargoArguments, cargoEnvironment, mustRun } from './processes.mjs';

const builtPacker = programFile('wasm-sandbox-packs');

/** The program that turns an interpreter's module into a pack; this checkout's own copy of it. */
export const packer = join(stateFolder, basename(builtPacker));

const libraries = [
  ...['node', 'python'].map((binding) => libraryName(process.platform, binding)),
  basename(archive),
];
const linked = libraries.map((name) => join(targetFolder, profile, 'deps', name));
const uplifted = libraries.map((name) => join(targetFolder, profile, name));

export async function buildNative({ log, note, signal, remembered }) {
  if (marks() !== remembered?.library) forgetLibraries();
  const options = ['build', '--workspace', '--lib', '--bins', '--color', 'never'];
  let crates = 0;
  const onLine = (line) => {
    if (/^\s*Compiling /.test(line)) crates += 1;
    note(`(${crates} crates) ${line.trim()}`);
  };
  await mustRun('cargo', cargoArguments(options), { env: cargoEnvironment, log, onLine, signal });
  install(uplifted[0], addonFile());
  install(builtPacker, packer);
  install(uplifted[1], pythonLibrary());
  install(uplifted[2], archive);
  return { library: marks() };
}

/**
 * Cargo gives such a library the same file name for every checkout, so with a shared target folder the file
 * may come from another one although this checkout's fingerprint says "fresh". Without the file,
 * cargo links again, which takes seconds.
 */
function forgetLibraries() {
  const folder = join(targetFolder, profile, 'deps');
  const { name: stem, ext } = parse(archive);
  const archives = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith(`${stem}-`) && name.endsWith(ext))
    : [];
  const linkedAgain = archives.map((name) => join(folder, name));
  for (const file of [...linked, ...uplifted, ...linkedAgain]) rmSync(file, { force: true });
}

const marks = () => [...linked, uplifted[2]].map(mark).join('; ');

function mark(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.size} ${stat.mtimeMs} ${stat.ino}`;
}

/** A rename, because a process that runs now keeps the old file and must not see it change. */
function install(from, to) {
  const half = `${to}.${process.pid}`;
  rmSync(half, { force: true });
  copyFileSync(from, half);
  renameSync(half, to);
}
