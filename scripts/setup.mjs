// Set-up: `npm run setup [-- --only STEP] [--force]`. Checks the tools, then builds whatever is stale.
// Runs on a bare clone, before anything is installed: nothing here needs a dependency.
import { parseArgs } from 'node:util';
import { prepare } from './lib/prepare.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, force: { type: 'boolean', default: false } },
});
await prepare(values);
