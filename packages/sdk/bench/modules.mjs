// Measures modules beside V8's own WebAssembly: calls, instances, compiling. V8 has no limits, ours has all of them.
import { readFileSync } from 'node:fs';
import { WasmSandbox } from '../dist/index.js';
import { compare, repeat, repeatAsync } from './measure.mjs';

const wasm = readFileSync(new URL('../../../fixtures/guests/calculator.wasm', import.meta.url));
const large = readFileSync(new URL('../../../fixtures/build/wordcount.wasm', import.meta.url));

export async function measure() {
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

  await sandbox.dispose();
}

/** @param {Uint8Array} module */
async function ready(module) {
  const opened = await WasmSandbox.fromBytes(module);
  await opened.dispose();
}
