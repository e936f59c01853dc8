// Owns putting the bootstrap scripts into the module: bytes as C numbers, without lines that are only
// comment, so that line numbers stay and the text gets smaller.
import { readFileSync, writeFileSync } from 'node:fs';

export function embed(source, target) {
  const code = readFileSync(source, 'utf8').replace(/^\s*\/\/.*$/gm, '');
  writeFileSync(target, `${[...Buffer.from(code)].join(',')}\n`);
}
