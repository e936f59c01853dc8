// Measures JavaScript sandboxes in turns with ours, in one process of Node, whose flag isolated-vm needs: a fresh
// context, feeds of a kept one, a host function. A peer that cannot be had is told with its reason.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parsePolicy, runSync, WasmSandbox } from '../../dist/index.js';
import { latency, line, shown } from '../measure.mjs';
import { npm } from './install.mjs';

/**
 * What is measured of one sandbox: a fresh one for `1` and dropped; one that is kept and has the host's `twice`.
 * @typedef {{ name: string, fresh: [string, () => unknown][], kept?: (code: string) => unknown }} Peer
 */

const feed = 'n += 1; n';
const loop = 'for (let i = 0; i < 1000; i++) {}';
const calls = 'for (let i = 0; i < 1000; i++) twice(i)';

/** @returns {Promise<Peer>} */
async function ours() {
  const fresh = parsePolicy({ version: 1 });
  const rewind = parsePolicy({ version: 1, isolation: 'rewind' });
  const host = { twice: (/** @type {number} */ n) => n * 2 };
  const session = await WasmSandbox.javascript({ policy: fresh, host });
  return {
    name: 'ours',
    fresh: [
      ['ours, fresh', () => runSync({ javascript: '1', policy: fresh }).value],
      ['ours, put back', () => runSync({ javascript: '1', policy: rewind }).value],
    ],
    kept: (code) => session.runSync(code).value,
  };
}

/** @type {Record<string, () => Promise<Peer>>} */
const peers = {
  async 'quickjs-emscripten'() {
    const { getQuickJS, newQuickJSWASMModule } = from('quickjs-emscripten', ['quickjs-emscripten'])(
      'quickjs-emscripten',
    );
    const shared = await getQuickJS();
    const evaluate = (/** @type {any} */ context, /** @type {string} */ code) => {
      const handle = context.unwrapResult(context.evalCode(code));
      const value = context.dump(handle);
      handle.dispose();
      return value;
    };
    const once = (/** @type {any} */ engine) => {
      const context = engine.newContext();
      const value = evaluate(context, '1');
      context.dispose();
      return value;
    };
    const context = shared.newContext();
    const twice = context.newFunction('twice', (/** @type {any} */ n) =>
      context.newNumber(context.getNumber(n) * 2),
    );
    context.setProp(context.global, 'twice', twice);
    return {
      name: 'quickjs-emscripten',
      fresh: [
        ['quickjs-emscripten, memory of its own', async () => once(await newQuickJSWASMModule())],
        ['quickjs-emscripten, shared memory', () => once(shared)],
      ],
      kept: (code) => evaluate(context, code),
    };
  },

  async 'quickjs-wasi'() {
    const place = npm(['quickjs-wasi']);
    const library = join(place, 'node_modules', 'quickjs-wasi');
    const { exports } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));
    const main = exports['.'].import?.default ?? exports['.'].import ?? exports['.'].default;
    const { QuickJS } = await import(pathToFileURL(join(library, main)).href);
    const module = new WebAssembly.Module(readFileSync(join(library, 'quickjs.wasm')));
    const evaluate = (/** @type {any} */ vm, /** @type {string} */ code) =>
      vm.evalCode(code).consume((/** @type {any} */ handle) => vm.dump(handle));
    const vm = await QuickJS.create(module);
    const twice = vm.newFunction('twice', (/** @type {any} */ n) => vm.newNumber(n.toNumber() * 2));
    vm.setProp(vm.global, 'twice', twice);
    const once = async () => {
      const made = await QuickJS.create(module);
      const value = evaluate(made, '1');
      made.dispose();
      return value;
    };
    return {
      name: 'quickjs-wasi',
      fresh: [['quickjs-wasi', once]],
      kept: (code) => evaluate(vm, code),
    };
  },

  async 'isolated-vm'() {
    const ivm = from('isolated-vm', ['isolated-vm'])('isolated-vm');
    const once = () => {
      const isolate = new ivm.Isolate({ memoryLimit: 64 });
      const value = isolate.createContextSync().evalSync('1');
      isolate.dispose();
      return value;
    };
    const context = new ivm.Isolate({ memoryLimit: 64 }).createContextSync();
    context.global.setSync('twice', new ivm.Callback((/** @type {number} */ n) => n * 2));
    return {
      name: 'isolated-vm',
      fresh: [['isolated-vm', once]],
      kept: (code) => context.evalSync(code),
    };
  },

  async '@sebastianwessel/quickjs'() {
    const variantName = '@jitl/quickjs-ng-wasmfile-release-sync';
    const name = '@sebastianwessel/quickjs';
    const load = from(name, [name, variantName]);
    const { loadQuickJs } = load(name);
    const loaded = load(variantName);
    const { runSandboxed } = await loadQuickJs(loaded.default ?? loaded);
    const once = async () => {
      const work = async (/** @type {any} */ { evalCode }) => evalCode('export default 1');
      return (await runSandboxed(work)).data;
    };
    // It keeps no sandbox from one run to the next.
    return { name, fresh: [[name, once]] };
  },
};

/** A `require` with these packages. @param {string} label @param {string[]} names */
function from(label, names) {
  return createRequire(join(npm([label, ...names.filter((name) => name !== label)]), 'x.js'));
}

const all = [await ours()];
for (const [name, make] of Object.entries(peers)) {
  try {
    const peer = await make();
    for (const [title, work] of peer.fresh) {
      const value = await work();
      if (value !== 1) throw new Error(`${title} answers ${JSON.stringify(value)}`);
    }
    peer.kept?.('var n = 0');
    all.push(peer);
  } catch (error) {
    line(name, `not measured: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
  }
}
all[0]?.kept?.('var n = 0');

const fresh = all.flatMap((peer) => peer.fresh);
await latency('JavaScript, a fresh context, `1` to its value', 100, fresh);
// In turns each finds what the one before left in the processor's caches. By itself, as in a service of one kind; ours
// before and after the others.
for (const one of [...fresh, ...(all[0]?.fresh ?? [])]) {
  await latency('JavaScript, a fresh context, `1` to its value, by itself', 300, [one], {
    warmUpMs: 200,
  });
}

const kept = all.flatMap(({ name, kept }) => (kept ? [{ name, kept }] : []));
await latency(
  'JavaScript, ten feeds of a kept context',
  300,
  kept.map(({ name, kept }) => [
    name,
    () => {
      for (let i = 0; i < 10; i++) kept(feed);
    },
  ]),
);
/** @param {string} title @param {string} code */
const timed = (title, code) =>
  latency(
    title,
    21,
    kept.map(({ name, kept }) => [name, () => kept(code)]),
  );
const none = await timed('JavaScript, a loop of 1,000 with nothing in it', loop);
const some = await timed('JavaScript, 1,000 calls of a host function', calls);
console.log();
for (const [i, { name }] of kept.entries()) {
  line(
    `${name}: one call of a host function`,
    shown(((some[i] ?? 0) - (none[i] ?? 0)) / 1_000).trim(),
  );
}
process.exit(0);
