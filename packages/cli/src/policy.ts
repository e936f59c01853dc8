// Owns `wasm-sandbox policy show`: the effective document with every default filled in.
import { readPolicy } from './policy-option.js';

/** Prints the document of a preset or a file. */
export async function policyShowCommand(named: string): Promise<number> {
  process.stdout.write(`${(await readPolicy(named)).toJson()}\n`);
  return 0;
}
