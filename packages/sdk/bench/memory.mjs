// Measures what the process holds: idle sessions, many live ones, and what is left after many runs, floods of output
// and memory bombs. Resident memory is the process's own, so what the allocators keep for later counts too.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parsePolicy, run, runSync, WasmSandbox } from '../dist/index.js';
import { line } from './measure.mjs';

/** @typedef {import('../dist/index.js').Session} Session */
/** @typedef {import('../dist/index.js').SecurityPolicy} SecurityPolicy */

const wasm = readFileSync(new URL('../../../fixtures/guests/calculator.wasm', import.meta.url));
const loop = readFileSync(new URL('../../../fixtures/guests/loop.wasm', import.meta.url));
const grades = {
  fresh: parsePolicy({ version: 1 }),
  rewind: parsePolicy({ version: 1, isolation: 'rewind' }),
};

/** Programs that want all of one thing; each ends at a limit. */
const hostile = {
  python: {
    flood: "while True:\n    print('x' * 1000)",
    bomb: "all = []\nwhile True:\n    all.append(('x' * 1000000) + str(len(all)))",
  },
  javascript: {
    flood: "for (;;) console.log('x'.repeat(1000))",
    bomb: "const all = []; for (;;) all.push('x'.repeat(1e6) + all.length)",
  },
};

/** @typedef {keyof typeof hostile} Name */
const languages = /** @type {Name[]} */ (Object.keys(hostile));

export async function measure() {
  for (const name of languages) await idle(name, 200);
  await live(1_000);

  console.log('\nwhat the process holds after as many rounds again, beyond what it held before');
  for (const name of languages) {
    for (const [grade, policy] of Object.entries(grades)) {
      await growth(`${name} ${grade}, runSync()`, 10_000, async () => {
        runSync({ ...source(name, '1+1'), policy });
      });
    }
    await growth(`${name} fresh, run()`, 2_000, async () => {
      await run({ ...source(name, '1+1'), policy: grades.fresh });
    });
  }
  await growth('a module: create, call, dispose', 10_000, async () => {
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
  for (const name of languages) {
    const { flood, bomb } = hostile[name];
    await growth(`${name}: a flood of output, 100 ms`, 100, () => ended(name, flood));
    await growth(`${name}: a memory bomb, 100 ms`, 100, () => ended(name, bomb));
  }
}

/** @param {Name} name @param {string} code */
const source = (name, code) => (name === 'python' ? { python: code } : { javascript: code });

/** A run that a limit ends. @param {Name} name @param {string} code */
async function ended(name, code) {
  const refused = await run({ ...source(name, code), limits: { wallTimeMs: 100 } }).then(
    () => false,
    () => true,
  );
  if (!refused) throw new Error('no limit ended the run');
}

/** @param {Name} name @returns {Promise<Session>} */
async function opened(name) {
  const options = { policy: grades.fresh };
  const session = await (name === 'python'
    ? WasmSandbox.python(options)
    : WasmSandbox.javascript(options));
  await session.run('n = 1');
  await session.run(
    name === 'python' ? 'def f(x):\n    return x + n' : 'function f(x) { return x + n }',
  );
  await session.run('f(1)');
  return session;
}

/** What each of many sessions holds that ran a little and now waits. @param {Name} name @param {number} count */
async function idle(name, count) {
  // What the first ones bring along, such as threads and spare instances, is no session's own.
  const first = await Promise.all(Array.from({ length: 20 }, () => opened(name)));
  await settled();
  const [before, owned] = [resident(), own()];
  const sessions = [];
  for (let i = 0; i < count; i++) sessions.push(await opened(name));
  await settled();
  const each = (/** @type {number} */ bytes) => `${(bytes / count / 2 ** 20).toFixed(2)} MiB`;
  console.log();
  line(
    `an idle session of ${name}, one of ${count}`,
    `${each(own() - owned)} of its own, ${each(resident() - before)} resident with shared pages`,
  );
  await Promise.all([...first, ...sessions].map((session) => session.dispose()));
}

/** @param {number} count */
async function live(count) {
  await settled();
  const before = resident();
  const begun = performance.now();
  const sessions = [];
  for (let i = 0; i < count; i++) sessions.push(await opened('python'));
  const made = performance.now();
  const answers = await Promise.all(sessions.map((session, i) => session.run(`f(${i})`)));
  const answered = performance.now();
  const right = answers.filter(({ value }, i) => value === i + 1).length;
  await settled();
  line(
    `${count} live sessions of python`,
    `${right} answer; ${(made - begun).toFixed(0)} ms to make them with three runs each,` +
      ` ${(answered - made).toFixed(0)} ms until all have answered at once,` +
      ` ${((resident() - before) / 2 ** 20).toFixed(0)} MiB`,
  );
  await Promise.all(sessions.map((session) => session.dispose()));
  await settled();
  line('after they are gone', `${((resident() - before) / 2 ** 20).toFixed(1)} MiB`);
}

/** @param {string} title @param {number} rounds @param {() => Promise<void>} round */
async function growth(title, rounds, round) {
  const before = await after();
  const now = await after();
  line(
    `${rounds} times ${title}`,
    `${((now.bytes - before.bytes) / 2 ** 20).toFixed(1)} MiB resident of ${(now.bytes / 2 ** 20).toFixed(0)},` +
      ` ${now.threads - before.threads} threads, ${now.files - before.files} files`,
  );

  async function after() {
    for (let i = 0; i < rounds; i++) await round();
    await settled();
    return { bytes: resident(), threads: count('/proc/self/task'), files: count('/proc/self/fd') };
  }
}

/** Threads without work end by themselves; with `--expose-gc` what Node itself no longer needs is collected too. */
async function settled() {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}

const resident = () => process.memoryUsage.rss();

/** Bytes of this process alone, without pages of files that many share. */
function own() {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return Number(/^Anonymous:\s+(\d+)/m.exec(rollup)?.[1]) * 1024;
}

/** @param {string} folder */
function count(folder) {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}
