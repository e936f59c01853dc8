#!/usr/bin/env node
// Writes every generated file but the schemas themselves; with --check names the stale ones instead.
import { fileURLToPath } from 'node:url';
import { generate } from '../src/generate.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const check = process.argv.includes('--check');
const stale = generate({ root, check });
for (const file of stale) {
  console.error(check ? `${file} is stale; run \`npm run generate\`` : `wrote ${file}`);
}
process.exitCode = check && stale.length > 0 ? 1 : 0;
