// `npm test [-- SUITE...]`: set-up, every suite in turn, a table, and as the very last line
// `N passed, N failed`. Exit status 1 when anything failed.
import { rmSync } from 'node:fs';
import { add, closingLine, nothing } from './lib/counts.mjs';
import { conformanceFolder } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { suites } from './lib/suites.mjs';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.has(name));
if (unknown.length > 0) {
  process.stderr.write(
    `No such suite: ${unknown.join(', ')}. There are: ${[...suites.keys()].join(', ')}.\n`,
  );
  process.exit(2);
}

await prepare();
// Old results would let a runner that no longer runs look alive.
if (asked.length === 0) rmSync(conformanceFolder, { recursive: true, force: true });

const rows = [];
for (const name of asked.length > 0 ? asked : suites.keys()) {
  process.stdout.write(`\n── ${name} ${'─'.repeat(70 - name.length)}\n`);
  const begun = Date.now();
  const counts = await suites.get(name)();
  rows.push({ name, counts, seconds: (Date.now() - begun) / 1000 });
}

const sum = rows.map((row) => row.counts).reduce(add, nothing());
process.stdout.write(
  `\n${'suite'.padEnd(14)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(9)}${'time'.padStart(11)}\n`,
);
for (const { name, counts, seconds } of rows) {
  const { passed, failed, skipped } = counts;
  const time = `${seconds.toFixed(1)} s`;
  process.stdout.write(
    `${name.padEnd(14)}${String(passed).padStart(8)}${String(failed).padStart(8)}${String(skipped).padStart(9)}${time.padStart(11)}\n`,
  );
}
process.stdout.write(`\n${closingLine(sum)}\n`);
process.exitCode = sum.failed > 0 ? 1 : 0;
