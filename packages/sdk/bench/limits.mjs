// Measures limits: by how much guests outlast theirs, and how late a timer of the host is while they run.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { WasmSandbox } from '../dist/index.js';

const loop = readFileSync(new URL('../../../fixtures/guests/loop.wasm', import.meta.url));

export async function measure() {
  console.log(
    '\n64 endless loops of a second while a 10 ms timer fires: by how much its ticks are late',
  );
  for (let round = 0; round < 3; round++) await lateness();

  console.log('\nfrom a limit of 20 ms to the rejected promise, beyond the limit');
  await overshoot('endless loop', 1);
  await overshoot('endless loop, one on each core', availableParallelism());
}

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
        .then(() => ({ code: 'none', after: Number.NaN }))
        .catch((error) => ({ code: String(error.code), after: performance.now() - begun })),
    ),
  );
  clearInterval(timer);
  const [first, ...others] = ends;
  const after = others.map((end) => end.after);
  const codes = [...new Set(others.map((end) => end.code))].join();
  late.sort((a, b) => a - b);
  console.log(
    `  ${of(late, 0.5)} median ${of(late, 0.99)} p99 ${of(late, 1)} worst (bound 20 ms);` +
      ` ${first?.code} at ${first?.after.toFixed(0)} ms, the others ${codes}` +
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
