// Owns the rules about imports in TypeScript and JavaScript: a package reaches others by their public
// name alone, only where the table says so, and only when its package.json declares them.
import { posix } from 'node:path';
import { lineOf, stripScript } from './source.mjs';
import { ourPackages, surfaces } from './table.mjs';

const importing =
  /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*|\bimport\.meta\.resolve\s*\(\s*)(['"])([^'"\n]+)\1/g;

/** `files`: `{ name, text }`; `manifests`: folder of a package to its package.json. */
export function checkImports(files, manifests, table = surfaces) {
  const errors = [];
  for (const { name, text } of files) {
    const folder = Object.keys(manifests).find((one) => name.startsWith(`${one}/`));
    if (!folder) continue;
    const code = stripScript(text);
    for (const match of code.matchAll(importing)) {
      const complaint = judge(match[2], {
        name,
        folder,
        manifest: manifests[folder],
        allowed: table[folder],
      });
      if (complaint) errors.push(`${name}:${lineOf(code, match.index)}: ${complaint}`);
    }
  }
  return errors;
}

function judge(target, { name, folder, manifest, allowed }) {
  if (target.startsWith('.')) {
    const place = posix.join(posix.dirname(name), target);
    const inside = place.startsWith(`${folder}/`);
    const shared = isUnshipped(name, folder) && place.startsWith('fixtures/');
    return inside || shared ? undefined : `leaves its package with "${target}"`;
  }
  if (target.startsWith('/') || /^(file|https?|data):/.test(target))
    return `imports by address: "${target}"`;
  if (target.startsWith('node:')) return undefined;
  const bare = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  if (ourPackages.test(target) && bare !== manifest.name) {
    if (!allowed?.includes(bare)) return `must not import "${bare}"`;
    if (target !== bare) return `imports the internals of another package: "${target}"`;
  }
  return isDeclared(bare, manifest, isUnshipped(name, folder))
    ? undefined
    : `imports "${bare}", which its package.json does not declare`;
}

/** Tests, benchmarks, and what stands beside package.json, such as the build: nobody gets them who installs the package. */
const isUnshipped = (name, folder) =>
  /^((test|bench)\/|[^/]+$)/.test(name.slice(folder.length + 1)) || /\.test\.\w+$/.test(name);

function isDeclared(bare, manifest, unshipped) {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest;
  const known = { ...dependencies, ...peerDependencies, ...optionalDependencies };
  if (bare in known || bare === manifest.name) return true;
  // The tools of the whole repository stand in the root's package.json.
  return unshipped && (bare in { ...devDependencies } || bare === 'vitest');
}
