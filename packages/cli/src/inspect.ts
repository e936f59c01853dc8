// Owns `wasm-sandbox inspect`: what a module is and needs, for people or as JSON.
import { verify } from 'wasm-sandbox';
import { readPolicy } from './policy-option.js';

/** Prints the report; status 1 when the policy would refuse the module. */
export async function inspectCommand(
  file: string,
  flags: { policy: string; json?: boolean },
): Promise<number> {
  const report = await verify(file, { policy: await readPolicy(flags.policy) });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return report.accepted ? 0 : 1;
}
