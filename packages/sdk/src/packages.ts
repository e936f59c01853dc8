// Owns what a package is. Reading one, and whether it works in a sandbox, is the native part's business.
import { UsageError } from './errors.js';
import type { FileContents } from './values.js';

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

/** Packages for calls that block, which read no files. */
export function packagesInMemory(packages: readonly Package[] | undefined) {
  const index = Array.isArray(packages) ? packages.findIndex((one) => typeof one === 'string') : -1;
  if (index === -1) return packages;
  const path = `$.packages[${index}]`;
  const message = `Invalid argument: ${path}: runSync takes packages as bytes or { name, files }; run reads paths`;
  throw new UsageError('invalid_argument', message, { details: { path } });
}
