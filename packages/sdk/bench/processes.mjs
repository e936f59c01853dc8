// Measures new processes: from their start to their first result in each language, beside a process of Node that does
// nothing. The cases run in turn, so that the differences hold on a machine that others use.
import { spawnSync } from 'node:child_process';
import { line, shown, table } from './measure.mjs';

const sdk = new URL('../dist/index.js', import.meta.url).href;
const rounds = 15;

/** @param {string} code @param {number} value */
const first = (code, value) => [
  '--input-type=module',
  '-e',
  `import { runSync } from ${JSON.stringify(sdk)};
   process.exitCode = runSync(${code}).value === ${value} ? 0 : 1;`,
];

/** @type {[string, string[]][]} */
const cases = [
  ['node -e 0', ['-e', '0']],
  ['the SDK imported, nothing run', ['--input-type=module', '-e', `import ${JSON.stringify(sdk)}`]],
  ['first result of JavaScript', first("{ javascript: '1+1' }", 2)],
  ['first result of Python', first("{ python: '1+1' }", 2)],
];

export async function measure() {
  const taken = cases.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [name, args]] of cases.entries()) {
      const begun = process.hrtime.bigint();
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      const ended = process.hrtime.bigint();
      if (status !== 0) throw new Error(`${name}: status ${status}\n${stderr}`);
      // The first round warms up.
      if (round > 0) taken[i]?.push(Number(ended - begun));
    }
  }
  const names = cases.map(([name]) => name);
  const [none = 0, ...others] = table(
    `a new process, from its start to its end (${rounds} rounds)`,
    names,
    taken,
  );
  for (const [i, median] of others.entries()) {
    line(`${names[i + 1]}, beyond node -e 0`, shown(median - none).trim());
  }
}
