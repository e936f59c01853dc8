// `npm run bench`: set-up, then the benchmarks of every project that has some, one after the other.
// Arguments go on to nx, such as `-p wasm-sandbox` for one project.
import { prepare } from './lib/prepare.mjs';
import { run } from './lib/processes.mjs';
import { nx } from './lib/steps.mjs';

await prepare();
const given = process.argv.slice(2);
const options = [
  'run-many',
  '-t',
  'bench',
  '--parallel=1',
  '--outputStyle=stream-without-prefixes',
];
process.exitCode = await run(process.execPath, [nx, ...options, ...given], {
  env: { NX_DAEMON: 'false', NX_TUI: 'false' },
});
