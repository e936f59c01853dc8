// Benchmarks of the SDK beside V8's own WebAssembly, in turn, in one process: `npm run bench`. Every line is a
// ratio to what was measured in the same rounds; times on a shared machine drift. Nothing here is a test.
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { run, WasmSandbox } from '../dist/index.js';

const wasm = readFileSync(new URL('../../../fixtures/guests/calculator.wasm', import.meta.url));
const large = readFileSync(new URL('../../../fixtures/build/wordcount.wasm', import.meta.url));

/**
 * Measures the cases in turns and prints minimum, median and the ratios to the first.
 * @param {string} title
 * @param {number} rounds
 * @param {number} times
 * @param {[string, (times: number) => unknown][]} cases
 */
async function compare(title, rounds, times, cases) {
  const taken = cases.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [, work]] of cases.entries()) {
      const begun = performance.now();
      await work(times);
      // The first round warms up.
      if (round > 0) taken[i].push(((performance.now() - begun) * 1e6) / times);
    }
  }
  console.log(`\n${title} (${rounds} rounds of ${times})`);
  console.log(
    `  ${''.padEnd(46)} ${'min'.padStart(10)} ${'median'.padStart(10)}   ratio: min median`,
  );
  const sorted = taken.map((list) => list.sort((a, b) => a - b));
  const middle = (/** @type {number[]} */ list) => list[list.length >> 1];
  for (const [i, [name]] of cases.entries()) {
    const [least, median] = [sorted[i][0], middle(sorted[i])];
    const ratios = [least / sorted[0][0], median / middle(sorted[0])];
    const [a, b] = ratios.map((ratio) => ratio.toFixed(2).padStart(9));
    console.log(`  ${name.padEnd(46)} ${shown(least)} ${shown(median)} ${a} ${b}`);
  }
}

/** @param {number} ns */
function shown(ns) {
  const [value, unit] = ns < 1e3 ? [ns, 'ns'] : ns < 1e6 ? [ns / 1e3, 'us'] : [ns / 1e6, 'ms'];
  return `${value.toFixed(2)} ${unit}`.padStart(10);
}

/** @param {() => unknown} work @returns {(times: number) => void} */
const repeat = (work) => (times) => {
  for (let i = 0; i < times; i++) work();
};

/** @param {() => Promise<unknown>} work @returns {(times: number) => Promise<void>} */
const repeatAsync = (work) => async (times) => {
  for (let i = 0; i < times; i++) await work();
};

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
const plain = /** @type {(a: number, b: number) => number} */ (exports.add);
const sandbox = await WasmSandbox.fromBytes(wasm);
const add = sandbox.prepare('add');
await compare('numeric call (i32, i32) -> i32', 21, 20_000, [
  ['V8, no limits', repeat(() => plain(1, 2))],
  ['ours, prepare', repeat(() => add(1, 2))],
]);
await compare('numeric call by name', 11, 1_000, [
  ['ours, callSync', repeat(() => sandbox.callSync('add', [1, 2]))],
  ['ours, call (off the event loop)', repeatAsync(() => sandbox.call('add', [1, 2]))],
]);

await compare('fresh instance of a known module', 11, 200, [
  ['V8, compiled module', repeat(() => new WebAssembly.Instance(new WebAssembly.Module(wasm)))],
  [
    'ours, fromBytes and dispose',
    repeatAsync(async () => (await WasmSandbox.fromBytes(wasm)).dispose()),
  ],
]);

await compare(`a Go program of ${(large.length / 1e6).toFixed(1)} MB, made ready`, 5, 1, [
  ['V8, compile', repeatAsync(() => WebAssembly.compile(large))],
  ['ours, known to the process', repeatAsync(() => ready(large))],
]);

const session = await WasmSandbox.javascript();
await compare('JavaScript `1+1` to its value', 11, 100, [
  ['ours, fresh sandbox, run()', repeatAsync(() => run({ javascript: '1+1' }))],
  ['ours, kept session, run()', repeatAsync(() => session.run('1+1'))],
  ['ours, kept session, runSync()', repeat(() => session.runSync('1+1'))],
]);

/** @param {Uint8Array} module */
async function ready(module) {
  const opened = await WasmSandbox.fromBytes(module);
  await opened.dispose();
}

await sandbox.dispose();
await session.dispose();
