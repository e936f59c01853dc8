// `node scripts/check-layers.mjs`: the rules of docs/architecture.md, asked of the real tree.
// Errors end it with status 1; warnings are counted, and printed with --warnings.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { listFiles } from './lib/inputs.mjs';
import { checkCrates, checkFeatures, checkWords } from './lib/layers/crates.mjs';
import {
  checkByHand,
  checkGenerated,
  checkHeads,
  checkIndexes,
  checkLengths,
} from './lib/layers/form.mjs';
import { checkImports } from './lib/layers/imports.mjs';
import { surfaces } from './lib/layers/table.mjs';
import { checkUnsafe } from './lib/layers/unsafe.mjs';
import { root } from './lib/paths.mjs';

const cargo = (...args) =>
  execFileSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
const tree = (edges) =>
  cargo('tree', '--workspace', '-e', edges, '--prefix', 'none', '-f', '{p}|{f}');
const read = (places, endings) =>
  listFiles(root, places, (name) => name.endsWith('/') || endings.test(name)).map(
    ({ name, path }) => ({
      name,
      text: readFileSync(path, 'utf8'),
    }),
  );

const metadata = JSON.parse(cargo('metadata', '--no-deps', '--format-version', '1'));
const folders = Object.fromEntries(
  metadata.packages.map((one) => [
    one.name,
    relative(root, dirname(one.manifest_path)).replaceAll('\\', '/'),
  ]),
);
const manifests = Object.fromEntries(
  Object.keys(surfaces)
    .map((folder) => [folder, join(root, folder, 'package.json')])
    .filter(([, file]) => existsSync(file))
    .map(([folder, file]) => [folder, JSON.parse(readFileSync(file, 'utf8'))]),
);

const rust = read(['core', 'packages', 'bindings'], /\.rs$/);
const scripts = read(['core', 'packages', 'fixtures', 'examples', 'scripts'], /\.(ts|mjs)$/);
const everything = read(['core', 'packages', 'docs'], /\.(rs|ts|mjs|json|md)$/);
const heads = checkHeads([...rust, ...scripts]);
const indexes = checkIndexes([...rust, ...scripts]);

const errors = [
  ...checkCrates(metadata),
  ...checkWords(folders, rust),
  ...checkFeatures(tree('normal,build'), tree('normal,build,dev')),
  ...checkImports(scripts, manifests),
  ...checkUnsafe(rust),
  ...checkGenerated(everything),
  ...checkByHand(read(['bindings'], /\.(rs|py|go|c|h)$/)),
  ...indexes.errors,
  ...heads.errors,
];
const warnings = [...heads.warnings, ...indexes.warnings, ...checkLengths([...rust, ...scripts])];

const shown = process.argv.includes('--warnings') ? warnings : [];
for (const text of shown) process.stdout.write(`warning: ${text}\n`);
for (const text of errors) process.stdout.write(`error: ${text}\n`);
process.stdout.write(`Layers: ${errors.length} errors, ${warnings.length} warnings.\n`);
process.exitCode = errors.length > 0 ? 1 : 0;
