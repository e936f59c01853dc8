// `npm start`: set-up, then the demonstration; with arguments, the command line gets them.
// The exit status is that of the program.
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { run } from './lib/processes.mjs';

await prepare();
const given = process.argv.slice(2);
const program =
  given.length > 0
    ? join(root, 'packages', 'cli', 'bin', 'wasm-sandbox.mjs')
    : join(root, 'examples', 'typescript', 'demo.mjs');
const cwd = process.env.INIT_CWD ?? process.cwd();
process.exitCode = await run(process.execPath, [program, ...given], { cwd });
