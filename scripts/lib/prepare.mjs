// Owns set-up as every verb begins with it: one call, a readable end, exit status 1 when it failed.
// What the steps are and when they are stale is decided elsewhere.
import { steps } from './steps.mjs';
import { SetupFailed, setUp } from './workflow.mjs';

/** `only`: one step with what it needs; `force`: do the steps whatever their stamps say. */
export async function prepare(options = {}) {
  const begun = Date.now();
  try {
    const done = await setUp(steps, options);
    const took = ((Date.now() - begun) / 1000).toFixed(1);
    if (done.length > 0) process.stderr.write(`Set-up finished in ${took} s.\n\n`);
  } catch (error) {
    if (!(error instanceof SetupFailed)) throw error;
    process.stderr.write(`\nSet-up could not finish.\n${error.message}\n`);
    process.exit(1);
  }
}
