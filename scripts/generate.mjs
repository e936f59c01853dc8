// `npm run generate [-- --check]`: first the JSON Schemas from the Rust types, then everything that is
// written from them. With --check nothing is written; a stale file is named and the exit status is 1.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { cargoArguments, cargoEnvironment } from './lib/processes.mjs';
import { runTasks } from './lib/tasks.mjs';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const check = values.check ? ['--check'] : [];
const mend = 'npm run generate';
const schema = ['run', '-q', '-p', 'wasm-sandbox-policy', '--bin', 'wasm-sandbox-schema', '--'];

await prepare({ only: 'dependencies' });
const good = await runTasks([
  {
    title: 'core/schema, from core/policy',
    command: 'cargo',
    args: [...cargoArguments(schema), ...check],
    env: cargoEnvironment,
    mend,
  },
  {
    title: 'TypeScript types and reference, from core/schema',
    command: process.execPath,
    args: [join(root, 'packages', 'codegen', 'bin', 'generate.mjs'), ...check],
    mend,
  },
]);
process.exitCode = good ? 0 : 1;
