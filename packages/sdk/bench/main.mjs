// Benchmarks of the SDK beside V8's own WebAssembly, in turn, in one process: `npm run bench`. Every line is a
// ratio to what was measured in the same rounds; times on a shared machine drift. Nothing here is a test.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parsePolicy, run, runSync, WasmSandbox } from '../dist/index.js';

const wasm = readFileSync(new URL('../../../fixtures/guests/calculator.wasm', import.meta.url));
const loop = readFileSync(new URL('../../../fixtures/guests/loop.wasm', import.meta.url));
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

const rewind = parsePolicy({ version: 1, isolation: 'rewind' });
const session = await WasmSandbox.javascript();
await compare('JavaScript `1+1` to its value', 11, 100, [
  ['ours, fresh sandbox, run()', repeatAsync(() => run({ javascript: '1+1' }))],
  ['ours, fresh sandbox, runSync()', repeat(() => runSync({ javascript: '1+1' }))],
  ['ours, put back, run()', repeatAsync(() => run({ javascript: '1+1', policy: rewind }))],
  ['ours, put back, runSync()', repeat(() => runSync({ javascript: '1+1', policy: rewind }))],
  ['ours, kept session, run()', repeatAsync(() => session.run('1+1'))],
  ['ours, kept session, runSync()', repeat(() => session.runSync('1+1'))],
]);

await sandbox.dispose();
await session.dispose();

console.log(
  '\n64 endless loops of a second while a 10 ms timer fires: by how much its ticks are late',
);
for (let round = 0; round < 3; round++) await lateness();

console.log('\nfrom a limit of 20 ms to the rejected promise, beyond the limit');
await overshoot('endless loop', 1);
await overshoot('endless loop, one on each core', availableParallelism());

console.log('\nwhat the process holds after as many rounds again, beyond what it held before');
await growth('create, call, dispose', 10_000, async () => {
  const opened = await WasmSandbox.fromBytes(wasm);
  await opened.call('add', [1, 2]);
  await opened.dispose();
});
const stopped = await WasmSandbox.fromBytes(loop);
await growth('a cancelled call', 10_000, async () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  await stopped.call('spin', [], { signal: controller.signal }).catch(() => {});
});
await stopped.dispose();
const brief = { limits: { wallTimeMs: 100 } };
await growth('an output flood of 100 ms', 100, async () => {
  await run({ javascript: "for (;;) console.log('x'.repeat(1000))", policy: brief }).catch(
    () => {},
  );
});
await growth('a memory bomb of at most 100 ms', 100, async () => {
  await run({
    javascript: "const all = []; for (;;) all.push('x'.repeat(1e6) + all.length)",
  }).catch(() => {});
});

/** One round of 64 loops; the first is cancelled at 200 ms. */
async function lateness() {
  const limits = { wallTimeMs: 1_000, cpuTimeMs: null };
  const open = () => WasmSandbox.fromBytes(loop, { limits });
  const sandboxes = await Promise.all(Array.from({ length: 64 }, open));
  const late = /** @type {number[]} */ ([]);
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(now - last - 10);
    last = now;
  }, 10);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  const begun = performance.now();
  const ends = await Promise.all(
    sandboxes.map((each, i) =>
      each
        .call('spin', [], i === 0 ? { signal: controller.signal } : {})
        .catch((error) => ({ code: error.code, after: performance.now() - begun })),
    ),
  );
  clearInterval(timer);
  const [first, ...others] = ends;
  const after = others.map((end) => end.after);
  const codes = [...new Set(others.map((end) => end.code))].join();
  late.sort((a, b) => a - b);
  console.log(
    `  ${of(late, 0.5)} median ${of(late, 0.99)} p99 ${of(late, 1)} worst (bound 20 ms);` +
      ` ${first.code} at ${first.after.toFixed(0)} ms, the others ${codes}` +
      ` from ${Math.min(...after).toFixed(0)} to ${Math.max(...after).toFixed(0)} ms`,
  );
  await Promise.all(sandboxes.map((each) => each.dispose()));
}

/** @param {string} title @param {number} atOnce */
async function overshoot(title, atOnce) {
  const over = /** @type {number[]} */ ([]);
  const lane = async () => {
    const opened = await WasmSandbox.fromBytes(loop, { limits: { wallTimeMs: 20 } });
    for (let i = 0; i < 200 / atOnce; i++) {
      const begun = performance.now();
      await opened.call('spin').catch(() => {});
      over.push(performance.now() - begun - 20);
    }
    await opened.dispose();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  over.sort((a, b) => a - b);
  console.log(
    `  ${title.padEnd(46)} ${of(over, 0.5)} median ${of(over, 0.99)} p99 (bound 5 ms, 200 runs)`,
  );
}

/** @param {number[]} sorted milliseconds @param {number} share */
function of(sorted, share) {
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return `${sorted[at]?.toFixed(2)} ms`;
}

/** @param {string} title @param {number} rounds @param {() => Promise<void>} round */
async function growth(title, rounds, round) {
  const before = await after();
  const now = await after();
  console.log(
    `  ${`${rounds} times ${title}`.padEnd(46)} ${(now.megabytes - before.megabytes).toFixed(1)} MB` +
      ` resident of ${now.megabytes.toFixed(0)}, ${now.threads - before.threads} threads, ${now.files - before.files} files`,
  );

  async function after() {
    for (let i = 0; i < rounds; i++) await round();
    // Threads without work end by themselves.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return {
      megabytes: process.memoryUsage.rss() / 1e6,
      threads: count('/proc/self/task'),
      files: count('/proc/self/fd'),
    };
  }
}

/** @param {string} folder */
function count(folder) {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** @param {Uint8Array} module */
async function ready(module) {
  const opened = await WasmSandbox.fromBytes(module);
  await opened.dispose();
}
