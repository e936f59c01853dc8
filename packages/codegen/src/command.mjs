// Owns the command's arguments and words; what is generated is the generator's.
import { generate } from './generate.mjs';

/**
 * @param {{ root: string, args: string[] }} given
 * @returns {{ lines: string[], status: number }} what to print, and the exit status
 */
export function run({ root, args }) {
  const unknown = args.find((arg) => arg !== '--check');
  if (unknown) return { lines: [`${unknown} is not known; usage: generate [--check]`], status: 2 };
  const check = args.includes('--check');
  const stale = generate({ root, check });
  const lines = stale.map((file) =>
    check ? `${file} is stale; run \`npm run generate\`` : `wrote ${file}`,
  );
  return { lines, status: check && stale.length > 0 ? 1 : 0 };
}
