#!/usr/bin/env node
// Writes every generated file but the schemas themselves; with --check names the stale ones instead.
// Only prints and exits; the rest is src/command.mjs.
import { fileURLToPath } from 'node:url';
import { run } from '../src/command.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { lines, status } = run({ root, args: process.argv.slice(2) });
for (const line of lines) console.error(line);
process.exitCode = status;
