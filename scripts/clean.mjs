// `npm run clean [-- --cache]`: removes what set-up made in this checkout; with --cache also what it
// keeps for all checkouts of this user (wasmtime then takes minutes again).
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  cacheFolder,
  conformanceFolder,
  packsFolder,
  root,
  sdkFolder,
  stateFolder,
} from './lib/paths.mjs';
import { Stamps } from './lib/stamps.mjs';
import { steps } from './lib/steps.mjs';

const { values } = parseArgs({ options: { cache: { type: 'boolean', default: false } } });
const stamps = new Stamps(stateFolder);
const made = steps.flatMap((step) => stamps.read(step.name)?.made ?? []);
const addons = readdirSync(sdkFolder).filter((name) => name.endsWith('.node'));
const dist = readdirSync(join(root, 'packages')).map((name) =>
  join(root, 'packages', name, 'dist'),
);
const shared = ['target', 'javascript-pack', 'toolchains'];
const gone = [
  ...made,
  ...addons.map((name) => join(sdkFolder, name)),
  ...dist,
  packsFolder,
  conformanceFolder,
  join(root, '.nx'),
  join(root, 'node_modules'),
  stateFolder,
  ...(values.cache ? shared.map((name) => join(cacheFolder, name)) : []),
];
for (const path of gone) rmSync(path, { recursive: true, force: true });
