// Owns getting everything that comes from outside besides the compiler: CPython's sources with Debian's
// security patches and ours, the libraries' sources, the time zones. All of it is pinned by hash.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Missing, run } from '../../javascript/build/run.mjs';
import { aptDownload } from './apt.mjs';
import { keyOf, pins } from './inputs.mjs';
import { say } from './progress.mjs';

/** Patches of ours, after those of Debian's that are listed: they touch what is built, in this order. */
const own = join(pins, 'patches');
const ownPatches = readdirSync(own).sort();
const security = join(pins, 'security-patches.txt');
const securityPatches = readFileSync(security, 'utf8').split('\n').filter(Boolean);
const cpython = join(pins, 'cpython.json');
const tzdata = join(pins, 'tzdata.txt');
const crates = ['bzip2-sys', 'liblzma-sys', 'libsqlite3-sys', 'libz-sys'];

const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Makes a folder as a whole or not at all; does nothing when it is there. */
async function folder(path, fill) {
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const half = mkdtempSync(`${path}.half-`);
  try {
    await fill(half);
    renameSync(half, path);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return path;
}

/** The pinned file, from Debian's mirrors where apt is there, else by the first address that has it. */
async function fetchPinned({ file, sha256: pinned, urls }, into) {
  const path = join(into, file);
  const isIt = () => existsSync(path) && sha256(path) === pinned;
  const faults = [];
  for (const url of isIt() ? [] : urls) {
    say(`downloading ${url}`);
    const answer = await fetch(url).catch((error) => ({ ok: false, status: error.message }));
    if (answer.ok) writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
    if (isIt()) break;
    faults.push(answer.ok ? `${url}: not the pinned file` : `${url}: ${answer.status}`);
  }
  if (!isIt()) throw new Error(`${file} (sha256 ${pinned}) cannot be had:\n${faults.join('\n')}`);
  return path;
}

const unpack = (archive, into) => run('python3', ['-m', 'tarfile', '-e', archive, into]);

async function unpackPython(into, pin) {
  await aptDownload({ ...pin.debian, into });
  const archives = [await fetchPinned(pin.sources, into), await fetchPinned(pin.patches, into)];
  for (const archive of archives) await unpack(archive, into);
  const debian = join(into, 'debian', 'patches');
  const patches = [
    ...securityPatches.map((name) => join(debian, name)),
    ...ownPatches.map((name) => join(own, name)),
  ];
  // Without a repository around it, git only applies.
  const env = { GIT_DIR: join(into, 'none'), GIT_CEILING_DIRECTORIES: into };
  const built = ['--exclude=Doc/*', '--exclude=Misc/*'];
  for (const path of patches) {
    await run('git', ['apply', ...built, path], { cwd: join(into, `Python-${pin.version}`), env });
  }
  for (const name of readdirSync(into).filter((name) => name !== `Python-${pin.version}`))
    rmSync(join(into, name), { recursive: true });
}

/** CPython's tree, patched. */
export async function findPython(base) {
  const pin = JSON.parse(readFileSync(cpython, 'utf8'));
  const key = keyOf([cpython, security, ...ownPatches.map((name) => join(own, name))]);
  const path = join(base, `cpython-${key}`);
  await folder(path, async (half) => {
    say(`fetching the sources of CPython ${pin.version}`);
    await unpackPython(half, pin);
  });
  return join(path, `Python-${pin.version}`);
}

async function findZones(base) {
  return folder(join(base, `tzdata-${keyOf([tzdata])}`), async (half) => {
    say('fetching the time zones');
    const options = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-deps'];
    const pinned = ['--no-compile', '--require-hashes', '--requirement', tzdata];
    await run('python3', ['-m', 'pip', 'install', ...options, ...pinned, '--target', half]);
  });
}

async function findLibraries() {
  const manifest = ['--locked', '--manifest-path', join(pins, 'Cargo.toml')];
  say('fetching the sources of bzip2, liblzma, SQLite and zlib');
  try {
    await run('cargo', ['fetch', '--quiet', ...manifest]);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    throw new Error('Libraries of the Python pack come with cargo: install Rust (rustup).');
  }
  const told = await run('cargo', ['metadata', '--format-version', '1', '--offline', ...manifest]);
  const { packages } = JSON.parse(told);
  const folderOf = (crate) => dirname(packages.find((one) => one.name === crate).manifest_path);
  return Object.fromEntries(crates.map((crate) => [crate, folderOf(crate)]));
}

/** Folders: CPython's tree, the time zones, and each library's crate. */
export async function findSources(base) {
  return {
    python: await findPython(base),
    zones: await findZones(base),
    libraries: await findLibraries(),
  };
}
