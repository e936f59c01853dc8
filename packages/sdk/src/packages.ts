// Owns packages on the host's side: paths become bytes or files, the rest is checked and passed on. What is in an
// archive, and whether it works in a sandbox, is the native part's business.
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { throwIfAborted } from './abort.js';
import { ResourceLimitError, UsageError } from './errors.js';
import type { NativePackage } from './native.js';
import type { Bytes } from './units.js';
import { type FileContents, toFiles } from './values.js';

/** A package by its name and its files, each by its path in the package; text is written as UTF-8. */
export interface PackageFiles {
  /** What the guest imports: `mypkg`, for JavaScript also `@scope/name`. */
  name: string;
  files: FileContents;
}

/**
 * A pure-Python or plain-JavaScript package: the path of a wheel, of a tarball as `npm pack` makes it, of a zip file or
 * of a folder; the bytes of such an archive; or its files.
 */
export type Package = string | Uint8Array | PackageFiles;

/** What the core takes at most: of one archive, of all files together, and of files. */
const most = { archive: 64 << 20, bytes: 256 << 20, files: 50_000 };
/** Folders that a package does not need. */
const skipped = new Set(['__pycache__', '.git']);

/** Packages as the native part wants them; files are read. Null when there are none. */
export async function readPackages(
  packages: readonly Package[] | undefined,
  signal?: AbortSignal,
): Promise<NativePackage[] | null> {
  if (packages === undefined) return null;
  const read: NativePackage[] = [];
  for (const [index, one] of listed(packages).entries()) {
    throwIfAborted(signal);
    const at = `$.packages[${index}]`;
    read.push(typeof one === 'string' ? await fromPath(one, at, signal) : fromMemory(one, at));
  }
  return read;
}

/** The same without reading files, for calls that block. */
export function packagesInMemory(packages: readonly Package[] | undefined): NativePackage[] | null {
  if (packages === undefined) return null;
  return listed(packages).map((one, index) => fromMemory(one, `$.packages[${index}]`));
}

function listed(packages: readonly Package[]): readonly Package[] {
  if (Array.isArray(packages)) return packages;
  throw wrong('$.packages', 'an array of paths, bytes and { name, files } is wanted');
}

function fromMemory(one: Package, at: string): NativePackage {
  if (one instanceof Uint8Array) return one;
  if ((one as unknown) instanceof ArrayBuffer) return new Uint8Array(one as unknown as ArrayBuffer);
  if (typeof one === 'string') {
    throw wrong(at, 'runSync takes packages as bytes or { name, files }; run reads paths');
  }
  const { name, files } = (one ?? {}) as Partial<PackageFiles>;
  if (typeof name === 'string' && files !== null && typeof files === 'object') {
    return { name, files: toFiles(files) ?? {} };
  }
  throw wrong(at, 'a package is a path, the bytes of an archive, or { name, files }');
}

async function fromPath(path: string, at: string, signal?: AbortSignal): Promise<NativePackage> {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, at, error);
  });
  if (!found.isDirectory()) return readArchive(path, at);
  const files = await readFolder(path, at, signal);
  // A Python package is imported by its folder's name. Any other folder is one with a package.json, which has the name,
  // or one that holds packages, as `pip install --target` makes it.
  return Object.hasOwn(files, '__init__.py') ? { name: basename(resolve(path)), files } : { files };
}

async function readArchive(path: string, at: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, at, error);
  });
  try {
    const { size } = await file.stat().then((found) => {
      // A pipe or a device has no size and may never end.
      if (!found.isFile()) throw unreadable(path, at, { code: 'not a regular file' });
      return found;
    });
    if (size > most.archive) throw tooMuch(at, 'packageBytes', most.archive, size);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

/** All files below a folder. Links are left out: they may lead anywhere on the host. */
async function readFolder(path: string, at: string, signal?: AbortSignal) {
  const files: Record<string, Uint8Array> = Object.create(null);
  let [bytes, count] = [0, 0];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    throwIfAborted(signal);
    const entries = await readdir(join(path, folder), { withFileTypes: true }).catch((error) => {
      throw unreadable(path, at, error);
    });
    for (const entry of entries) {
      count += 1;
      if (count > most.files) throw tooMuch(at, 'packageFiles', most.files, count);
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !skipped.has(entry.name)) folders.push(name);
      if (!entry.isFile()) continue;
      const { size } = await stat(join(path, name));
      bytes += size;
      if (bytes > most.bytes) throw tooMuch(at, 'packageBytes', most.bytes, bytes);
      files[name] = new Uint8Array(await readFile(join(path, name)));
    }
  }
  return files;
}

function wrong(path: string, why: string): UsageError {
  return new UsageError('invalid_argument', `Invalid argument: ${path}: ${why}`, {
    details: { path },
  });
}

/** The folder stays out of messages: they may reach people who should not know the host. */
function unreadable(path: string, at: string, error: unknown): UsageError {
  const name = basename(path);
  const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
  const words: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'it may not be read',
  };
  return new UsageError('not_found', `Not found: ${at}: ${name}: ${words[reason] ?? reason}`, {
    details: { path: at, name, reason },
  });
}

function tooMuch(path: string, field: string, limit: Bytes, used: Bytes): ResourceLimitError {
  return new ResourceLimitError(
    'file_limit',
    `File limit exceeded: ${path}: at least ${used} ${field}, ${limit} are the most that packages may have`,
    { details: { field, limit, used, path } },
  );
}
