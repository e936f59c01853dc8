// Measures the source languages through the SDK: fresh runs and ones put back, sessions, host functions, snapshots,
// bytes. A policy is parsed once and used for all calls, as a service would; a gap between calls keeps what is cleared
// up after an answer out of the next call's time.
import { parsePolicy, run, runSync, WasmSandbox } from '../dist/index.js';
import { latency, line, shown } from './measure.mjs';

/** @typedef {import('../dist/index.js').Session} Session */

/** How each language says what is measured. */
const languages = {
  python: {
    title: 'Python',
    nothing: 'pass',
    objects: "many = [{'i': i} for i in range(1000)]",
    define: 'def product(a, b):\n    return a * b',
    empty: 'for i in range(1000):\n    pass',
    hostCalls: 'for i in range(1000):\n    twice(i)',
    awaited: 'for i in range(100):\n    later(i)',
    feed: 'n += 1; n',
    begin: 'n = 0',
  },
  javascript: {
    title: 'JavaScript',
    nothing: '',
    objects: 'const many = Array.from({ length: 1000 }, (_, i) => ({ i }))',
    define: 'function product(a, b) { return a * b }',
    empty: 'for (let i = 0; i < 1000; i++) {}',
    hostCalls: 'for (let i = 0; i < 1000; i++) twice(i)',
    awaited: 'for (let i = 0; i < 100; i++) await later(i)',
    feed: 'n += 1; n',
    begin: 'let n = 0',
  },
};

/** @typedef {keyof typeof languages} Name */

const fresh = parsePolicy({ version: 1 });
const rewind = parsePolicy({ version: 1, isolation: 'rewind' });

export async function measure() {
  for (const name of /** @type {Name[]} */ (Object.keys(languages))) {
    await runs(name);
    await alone(name);
    await sessions(name);
    await hostFunctions(name);
    await copies(name);
    await bytes(name);
  }
}

/** @param {Name} name @param {string} code */
const source = (name, code) => (name === 'python' ? { python: code } : { javascript: code });

/** @param {Name} name */
async function runs(name) {
  const { title, nothing } = languages[name];
  for (const code of [nothing, '1+1']) {
    const what = `${title} ${code === '' ? 'with nothing to do' : `\`${code}\``}`;
    const text = source(name, code);
    // As a service has them: made once, so that making them is not measured.
    const [kept, anew] = [
      { ...text, policy: rewind },
      { ...text, policy: fresh },
    ];
    /** @type {[string, () => unknown][]} */
    const cases = [
      ['put back, runSync()', () => runSync(kept)],
      ['fresh, runSync()', () => runSync(anew)],
    ];
    for (const gapUs of [0, 100]) await latency(what, 300, cases, { gapUs });
    if (code !== '1+1') continue;
    /** @type {[string, () => unknown][]} */
    const beside = [
      ['put back, run()', () => run(kept)],
      ['fresh, run()', () => run(anew)],
    ];
    const all = [...cases, ...beside];
    const medians = await latency(`${what}, off the event loop`, 300, all, { gapUs: 100 });
    const [a = 0, b = 0, c = 0, d = 0] = medians;
    line('what run() adds', `${shown(c - a).trim()} put back, ${shown(d - b).trim()} fresh`);
  }
}

/**
 * The same call over and over, as in a service of one kind: a case is done with before the next one begins.
 *
 * @param {Name} name
 */
async function alone(name) {
  const { title, nothing, feed, begin } = languages[name];
  const code = nothing === '' ? '1+1' : nothing;
  const [kept, anew] = [
    { ...source(name, code), policy: rewind },
    { ...source(name, code), policy: fresh },
  ];
  /** @type {[string, () => unknown][]} */
  const cases = [
    ['put back, runSync()', () => runSync(kept)],
    ['fresh, runSync()', () => runSync(anew)],
    ['put back, run()', () => run(kept)],
    ['fresh, run()', () => run(anew)],
  ];
  for (const gapUs of [0, 100]) {
    /** @type {number[]} */
    const medians = [];
    for (const one of cases) {
      const what = `${title} \`${code}\` over and over`;
      medians.push(...(await latency(what, 2000, [one], { gapUs, warmUpMs: 200 })));
    }
    const [a = 0, b = 0, c = 0, d = 0] = medians;
    line('what run() adds', `${shown(c - a).trim()} put back, ${shown(d - b).trim()} fresh`);
  }
  await using(await open(name), async (session) => {
    session.runSync(begin);
    const feeds = () => {
      for (let i = 0; i < 10; i++) session.runSync(feed);
    };
    await latency(`${title} over and over`, 500, [['ten feeds, runSync()', feeds]]);
  });
}

/** @param {Name} name */
async function sessions(name) {
  const { title, begin, feed, define } = languages[name];
  await using(await open(name), async (session) => {
    session.runSync(begin);
    session.runSync(define);
    await latency(`${title} in a kept session`, 500, [
      ['`1+1`, runSync()', () => session.runSync('1+1')],
      ['`1+1`, run()', () => session.run('1+1')],
      ['ten feeds, runSync()', () => ten(() => session.runSync(feed))],
      ['a function of two numbers, callSync()', () => session.callSync('product', [6, 7])],
      ['the same, call()', () => session.call('product', [6, 7])],
    ]);
  });
}

/** @param {Name} name */
async function hostFunctions(name) {
  const { title, empty, hostCalls, awaited } = languages[name];
  const host = {
    twice: (/** @type {number} */ n) => n * 2,
    later: async (/** @type {number} */ n) => n * 2,
  };
  await using(await open(name, { host }), async (session) => {
    const [loop = 0, calls = 0] = await latency(`${title} and functions of the host`, 31, [
      ['a loop of 1,000, nothing in it, runSync()', () => session.runSync(empty)],
      ['1,000 calls one after the other, runSync()', () => session.runSync(hostCalls)],
    ]);
    line('one call and its answer', shown((calls - loop) / 1_000).trim());
    const [none = 0, waits = 0] = await latency(`${title}, off the event loop`, 15, [
      ['a loop of 1,000, nothing in it, run()', () => session.run(empty)],
      ['100 calls of an asynchronous function, run()', () => session.run(awaited)],
    ]);
    line('one call and its answer', shown((waits - none) / 100).trim());
  });
}

/** @param {Name} name */
async function copies(name) {
  const { title, objects } = languages[name];
  await using(await open(name), async (session) => {
    session.runSync(objects);
    const image = await session.snapshot();
    /** @param {Promise<Session>} opened */
    const dropped = async (opened) => (await opened).dispose();
    await latency(`${title}: a session with 1,000 objects, ${image.length} bytes saved`, 31, [
      ['saved', () => session.snapshot()],
      ['restored, and disposed', () => dropped(WasmSandbox.restore(image, { policy: fresh }))],
      ['forked, and disposed', () => dropped(session.fork())],
      ['opened with nothing, and disposed', () => dropped(open(name))],
    ]);
  });
}

/** @param {Name} name */
async function bytes(name) {
  const { title } = languages[name];
  const data = new Uint8Array(1 << 20).fill(7);
  await using(await open(name), async (session) => {
    await latency(`${title} and 1 MiB of bytes, runSync()`, 51, [
      ['in', () => session.runSync('1', { inputs: { data } })],
      ['in and out', () => session.runSync('data', { inputs: { data } })],
    ]);
  });
}

/** @param {Name} name @param {import('../dist/index.js').OpenOptions} [options] @returns {Promise<Session>} */
function open(name, options = {}) {
  const all = { policy: fresh, ...options };
  return name === 'python' ? WasmSandbox.python(all) : WasmSandbox.javascript(all);
}

/** @param {Session} session @param {(session: Session) => Promise<void>} work */
async function using(session, work) {
  try {
    await work(session);
  } finally {
    await session.dispose();
  }
}

/** @param {() => unknown} work */
function ten(work) {
  for (let i = 0; i < 10; i++) work();
}
