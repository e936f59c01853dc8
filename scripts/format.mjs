// `npm run format`: rewrites everything in the repository's form (biome, rustfmt, ruff, gofumpt).
// Changes form only; what `npm run lint` finds beyond that is for people.
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { cargoEnvironment } from './lib/processes.mjs';
import { runTasks } from './lib/tasks.mjs';

await prepare({ only: 'dependencies' });
await prepare({ only: 'python' });
const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const good = await runTasks([
  { title: 'biome', command: process.execPath, args: [biome, 'check', '--write', '.'] },
  { title: 'rustfmt', command: 'cargo', args: ['fmt', '--all'], env: cargoEnvironment },
  {
    title: 'ruff',
    command: process.execPath,
    args: [join(root, 'scripts', 'python.mjs'), 'format'],
  },
  {
    title: 'gofumpt',
    command: process.execPath,
    args: [join(root, 'scripts', 'go.mjs'), 'format'],
  },
]);
process.exitCode = good ? 0 : 1;
