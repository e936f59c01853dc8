// Owns measuring: cases in turns, in one process, printed with ratios to the first of them. `compare` times many
// calls at once, `latency` each call by itself. Knows nothing of what is measured.
import { performance } from 'node:perf_hooks';

/**
 * Measures the cases in turns and prints minimum, median and the ratios to the first.
 * @param {string} title
 * @param {number} rounds
 * @param {number} times
 * @param {[string, (times: number) => unknown][]} cases
 */
export async function compare(title, rounds, times, cases) {
  const taken = cases.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [, work]] of cases.entries()) {
      const begun = performance.now();
      await work(times);
      // The first round warms up.
      if (round > 0) taken[i]?.push(((performance.now() - begun) * 1e6) / times);
    }
  }
  const titles = cases.map(([name]) => name);
  table(`${title} (${rounds} rounds of ${times})`, titles, taken, ['min', 'median']);
}

/**
 * Measures single calls, the cases in turns, and prints minimum, median and 99th percentile and the ratio of medians
 * to the first. `gapUs` is waited, busy, after each call: what is cleared up after an answer is then not in the next
 * call's time. Work that returns a promise is awaited within its time. It is warmed up for 20 rounds and `warmUpMs`:
 * engines of JavaScript compile what is called often, ours and the peers' alike.
 * @param {string} title
 * @param {number} rounds
 * @param {[string, () => unknown][]} cases
 * @param {{ gapUs?: number, warmUpMs?: number }} [options]
 * @returns {Promise<number[]>} the medians, in nanoseconds
 */
export async function latency(title, rounds, cases, { gapUs = 0, warmUpMs = 0 } = {}) {
  const taken = cases.map(() => /** @type {number[]} */ ([]));
  const warm = performance.now() + warmUpMs;
  for (let round = -Math.min(20, rounds); round < rounds; round++) {
    if (round === 0 && performance.now() < warm) round = -1;
    for (const [i, [, work]] of cases.entries()) {
      const begun = process.hrtime.bigint();
      const done = work();
      if (done instanceof Promise) await done;
      const ended = process.hrtime.bigint();
      if (round >= 0) taken[i]?.push(Number(ended - begun));
      if (gapUs > 0) spin(gapUs);
    }
  }
  const gap = gapUs > 0 ? `, ${gapUs} us between calls` : '';
  const titles = cases.map(([name]) => name);
  return table(`${title} (${rounds} calls each${gap})`, titles, taken, ['min', 'p50', 'p99']);
}

/** @type {Record<string, number>} */
const shares = { min: 0, median: 0.5, p50: 0.5, p99: 0.99 };

/**
 * Prints what was taken, in nanoseconds, as one line per case.
 * @param {string} title
 * @param {string[]} names
 * @param {number[][]} taken
 * @param {string[]} columns
 * @returns {number[]} the medians
 */
export function table(title, names, taken, columns = ['min', 'median']) {
  for (const list of taken) list.sort((a, b) => a - b);
  const first = taken[0] ?? [];
  // Many calls at once have a steady minimum, so that its ratio says something too.
  const ratios = columns.includes('p99') ? ['p50'] : ['min', 'median'];
  const heads = columns.map((name) => name.padStart(10)).join(' ');
  console.log(`\n${title}`);
  console.log(`  ${''.padEnd(46)} ${heads}   ratio: ${ratios.join(' ')}`);
  for (const [i, name] of names.entries()) {
    const list = taken[i] ?? [];
    const figures = columns.map((column) => shown(at(list, shares[column] ?? 0))).join(' ');
    const beside = ratios.map((column) => {
      const share = shares[column] ?? 0;
      return (at(list, share) / at(first, share)).toFixed(2).padStart(9);
    });
    console.log(`  ${name.padEnd(46)} ${figures} ${beside.join(' ')}`);
  }
  return taken.map((list) => at(list, 0.5));
}

/** Prints a derived figure in the way of the tables. @param {string} name @param {string} text */
export function line(name, text) {
  console.log(`  ${name.padEnd(46)} ${text}`);
}

/** @param {number[]} sorted @param {number} share */
export function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @param {number} ns */
export function shown(ns) {
  const much = Math.abs(ns);
  const [value, unit] = much < 1e3 ? [ns, 'ns'] : much < 1e6 ? [ns / 1e3, 'us'] : [ns / 1e6, 'ms'];
  return `${value.toFixed(2)} ${unit}`.padStart(10);
}

/** @param {() => unknown} work @returns {(times: number) => void} */
export const repeat = (work) => (times) => {
  for (let i = 0; i < times; i++) work();
};

/** @param {() => Promise<unknown>} work @returns {(times: number) => Promise<void>} */
export const repeatAsync = (work) => async (times) => {
  for (let i = 0; i < times; i++) await work();
};

/** @param {number} us */
function spin(us) {
  const until = process.hrtime.bigint() + BigInt(us) * 1_000n;
  while (process.hrtime.bigint() < until);
}
