// `npm run lint`: biome over everything, then every project's own `lint` (tsc, rustfmt, clippy, ruff, pyright, gofumpt,
// staticcheck), then the workflows, and the rules about layers and versions. Writes nothing.
import { join } from 'node:path';
import { goTools } from './lib/go-tools.mjs';
import { goObstacle } from './lib/object.mjs';
import { root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { nx } from './lib/steps.mjs';
import { runTasks } from './lib/tasks.mjs';

await prepare();
const node = process.execPath;
const good = await runTasks([
  {
    title: 'biome',
    command: node,
    args: [join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'check', '.'],
    mend: 'npm run format',
  },
  {
    title: 'the projects',
    command: node,
    args: [nx, 'run-many', '-t', 'lint', '--outputStyle=static'],
    env: { NX_DAEMON: 'false', NX_TUI: 'false' },
    mend: 'npm run format, for what is only a matter of form',
  },
  ...(goObstacle()
    ? []
    : [{ title: 'workflows', command: 'go', args: ['run', goTools.actionlint, '-no-color'] }]),
  { title: 'layers', command: node, args: [join(root, 'scripts', 'check-layers.mjs')] },
  {
    title: 'versions',
    command: node,
    args: [join(root, 'scripts', 'sync-version.mjs'), '--check'],
    mend: 'node scripts/sync-version.mjs',
  },
]);
process.exitCode = good ? 0 : 1;
