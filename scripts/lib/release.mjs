// Owns what a release is assembled from: the script's arguments, which npm packages are published, their manifests
// without what is native, and the list at the end. Builds nothing.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { lacking, partsIn } from './parts.mjs';
import { platforms, withPlatforms } from './platforms.mjs';

const help = `usage: node scripts/release.mjs --out FOLDER [--portable] [--platform PLATFORM --natives FOLDER]

Assembles what is published, for the platform that this runs on or for another one:
  FOLDER/npm      the packages of npm: SDK, command line, and this platform's native package
  FOLDER/python   the wheel for this platform, and the sdist
  FOLDER/go       the Go modules as a proxy: GOPROXY=file://FOLDER/go
  FOLDER/c        the C library: header, static library, language packs

  --out FOLDER    a new or empty folder
  --portable      the wheel has to keep the promise of its platform tag (manylinux_2_28 and the like), or
                  nothing is made; for releases, which are built where that holds
  --platform PLATFORM --natives FOLDER
                  what is native was built elsewhere, for ${platforms.join(', ')}:
                  in FOLDER lie the libraries as cargo called them, and packs, made by that build's own packer
  --help          this text

It checks that all versions agree, then sets up whatever is stale; WASM_SANDBOX_PROFILE=release builds as
releases are built. Nothing is published.
`;

/** What was asked for; or what to `say`, and the exit status. */
export function releaseArguments(args) {
  const options = {
    out: { type: 'string' },
    portable: { type: 'boolean', default: false },
    platform: { type: 'string' },
    natives: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  };
  let values;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    return { say: `${error.message}\n\n${help}`, status: 2 };
  }
  if (values.help) return { say: help, status: 0 };
  if (!values.out) return { say: `--out is missing\n\n${help}`, status: 2 };
  const { platform, natives } = values;
  const wrong = !platform !== !natives || (platform && !platforms.includes(platform));
  if (wrong) return { say: `--platform and --natives go together\n\n${help}`, status: 2 };
  const parts = platform && partsIn(resolve(natives), platform);
  const without = parts ? lacking(parts) : [];
  if (without.length > 0) return { say: `missing: ${without.join(', ')}\n`, status: 2 };
  const isTaken =
    existsSync(values.out) &&
    (!statSync(values.out).isDirectory() || readdirSync(values.out).length > 0);
  // What an earlier release left would be published with this one.
  if (isTaken) return { say: `${values.out} is not an empty folder\n`, status: 2 };
  const { out, portable } = values;
  return { out, portable, ...(parts ? { natives, parts } : {}) };
}

export const readManifest = (folder) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The packages of npm that are published, by their folders. */
export const packages = (root) =>
  readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
    .filter((name) => !readManifest(join(root, 'packages', name)).private);

/** The manifest with which a package is published: what is native comes from its platform's own package. */
export function released(manifest) {
  const { scripts: _, devDependencies: __, nx: ___, ...published } = manifest;
  const isNative = manifest.files.includes('packs');
  return isNative ? withPlatforms({ ...published, files: ['dist'] }) : published;
}

/** Every file with its size, and the sum. */
export function listing(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => ({
      name: relative(folder, file).replaceAll('\\', '/'),
      size: statSync(file).size,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const sum = files.reduce((all, { size }) => all + size, 0);
  const line = ({ name, size }) => `${megabytes(size).padStart(10)}  ${name}`;
  return [...files.map(line), line({ name: `in all, ${files.length} files`, size: sum })].join(
    '\n',
  );
}

const megabytes = (size) => `${(size / 1e6).toFixed(3)} MB`;
