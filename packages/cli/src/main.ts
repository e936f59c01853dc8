// Owns the process: its arguments in, its exit status out. Nothing here knows what commands do.
import { exitStatus } from './exit.js';
import { main } from './program.js';
import { describeError } from './report.js';

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = exitStatus(error);
}
