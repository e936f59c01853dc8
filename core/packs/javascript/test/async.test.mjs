// Owns the tests of host functions, promises, timers and the end of a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Later, Sandbox } from './host.mjs';

test('a host function that answers at once returns plainly', () => {
  const s = new Sandbox({ host: { add: (a, b) => a + b, echo: (x) => x, none: () => undefined } });
  assert.equal(s.value('add(1, 2)'), 3);
  assert.equal(s.value('none() === null'), true);
  assert.equal(s.value('typeof add + add.name'), 'functionadd');
  const all = '[null, true, 1, 1.5, -0, 5n, "é", new Uint8Array([1]), { a: [{}] }]';
  assert.deepEqual(s.value(`echo(${all})[8].a.length`), 1);
  assert.deepEqual(s.value(`echo(new Map([[1, 2]])).get(1)`), 2);
  s.value('echo(1, { x: 2 })');
  assert.deepEqual(s.lastCall.sent[0][1].x, 2);
  assert.deepEqual({ ...s.lastCall.sent[1] }, {});
});

test('arguments that cannot leave are a TypeError that names them', () => {
  const s = new Sandbox({ host: { f: () => 1 } });
  const message = (code, entries) =>
    s.value(`try { ${code} } catch (e) { e.name + ': ' + e.message }`, entries);
  assert.match(message('f(1, { a: () => 1 })'), /^TypeError: f: argument \$\[1\]\.a: a function/);
  assert.match(
    message('const c = []; c.push(c); f(c)'),
    /^TypeError: f: argument \$\[0\]\[0\]: .*contains itself/,
  );
  assert.match(message('f([[[1]]])', { maxDepth: 4 }), /^RangeError: f: argument .*deep/);
  assert.match(
    message('f("x".repeat(1000))', { maxBytes: 500 }),
    /^RangeError: f: argument .*large/,
  );
  assert.equal(message('f({ get a() { throw new EvalError("mine") } })'), 'EvalError: mine');
});

test('the list of host functions may change', () => {
  const s = new Sandbox({ host: { a: () => 1, b: () => 2 } });
  assert.equal(s.value('a() + b()'), 3);
  delete s.host.b;
  s.host.c = () => 5;
  assert.equal(s.value('a() + typeof b + c()'), '1undefined5');
  s.value('a = () => 100; 0');
  s.host.d = () => 6;
  assert.equal(s.value('a() + d()'), 7);
  assert.equal(s.run('c = 1; const d = 3; d').value, 3);
});

test('a host function that answers later returns a promise', () => {
  const waiting = [];
  const s = new Sandbox({
    host: {
      now: () => new Later(({ fulfil }) => fulfil('at once')),
      hold: (name) => new Later((settle) => waiting.push([name, settle])),
      release: () => {
        for (const [name, { fulfil }] of waiting.splice(0).reverse()) fulfil(name);
      },
      fail: () => new Later(({ reject }) => reject(new TypeError('later'))),
    },
  });
  assert.equal(s.value('now() instanceof Promise'), true);
  assert.equal(s.value('await now()'), 'at once');
  assert.equal(s.value('now()'), 'at once');
  assert.equal(s.value('await fail().catch((e) => e.name + e.message)'), 'TypeErrorlater');
  const order = s.value(
    'const seen = []; const all = ["a", "b"].map((n) => hold(n).then((x) => seen.push(x))); release(); await Promise.all(all); seen',
  );
  assert.deepEqual(order, ['b', 'a']);
  s.value('async function later() { return await now() }');
  assert.equal(s.call('later').value, 'at once');
});

test('an answer nobody waits for any more does no harm', () => {
  const waiting = [];
  const s = new Sandbox({ host: { hold: () => new Later((settle) => waiting.push(settle)) } });
  assert.equal(s.run('hold(); throw new Error("x")').status, 'threw');
  waiting[0].fulfil(1);
  assert.equal(s.value('await new Promise((r) => setTimeout(() => r(7), 5))'), 7);
});

test('the run ends when timers and answers have run', () => {
  const s = new Sandbox({ host: { now: () => new Later(({ fulfil }) => fulfil('answer')) } });
  const { value, stdout } = s.run(
    'setTimeout(() => console.log("timer"), 10); now().then(console.log); "value"',
  );
  assert.deepEqual([value, stdout], ['value', 'answer\ntimer\n']);
});

test('timers fire in order, with their arguments, and can be cleared', () => {
  const s = new Sandbox();
  const { stdout } = s.run(`
    setTimeout((...a) => console.log('30', ...a), 30, 'x', 1);
    setTimeout(() => console.log('10'), 10);
    setTimeout(() => console.log('0'));
    setTimeout(() => console.log('10 again'), '10');
    clearTimeout(setTimeout(() => console.log('never'), 5));
    clearTimeout(undefined); clearTimeout(12345); clearInterval('x');
    let n = 0;
    const id = setInterval(() => { console.log('tick'); if (++n === 2) clearInterval(id) }, 12);
    queueMicrotask(() => console.log('microtask'));
    Promise.resolve().then(() => console.log('promise'));
    console.log('sync');
  `);
  assert.deepEqual(stdout.trim().split('\n'), [
    'sync',
    'microtask',
    'promise',
    '0',
    '10',
    '10 again',
    'tick',
    'tick',
    '30 x 1',
  ]);
  assert.equal(s.value('typeof setTimeout(() => {}, 1)'), 'number');
});

test('the host is asked to wait as long as the next timer says', () => {
  const s = new Sandbox();
  s.run('setTimeout(() => {}, 1500)');
  assert.deepEqual(s.waits, [1_500_000n]);
  assert.equal(
    s.value('const t = Date.now(); await new Promise((r) => setTimeout(r, 100)); Date.now() - t'),
    100,
  );
});

test('time passes for timers even where the clock stands still', () => {
  const s = new Sandbox();
  s.frozen = true;
  const { status, stdout } = s.run(
    'setTimeout(() => console.log("b"), 1000); setTimeout(() => console.log("a"), 10)',
  );
  assert.deepEqual([status, stdout], ['ok', 'a\nb\n']);
});

test('odd delays are taken as in browsers', () => {
  const s = new Sandbox();
  assert.equal(
    s.run('for (const d of [NaN, -5, "x", null, 0.5]) setTimeout(() => console.log(1), d); 0')
      .stdout,
    '1\n'.repeat(5),
  );
  assert.deepEqual(
    s.run('setTimeout(() => {}, { valueOf() { throw new Error("delay") } })').value.message,
    'delay',
  );
  s.run('setTimeout(() => {}, Infinity)');
  assert.equal(s.waits.at(-1), 2_147_483_647_000n);
});

test('what never settles is told apart', () => {
  const s = new Sandbox();
  assert.equal(s.run('await new Promise(() => {})').status, 'stalled');
  assert.equal(s.run('new Promise(() => {})').status, 'stalled');
  s.value('async function never() { await new Promise(() => {}) }');
  assert.equal(s.call('never').status, 'stalled');
  assert.equal(s.value('1 + 1'), 2);
  const out = s.run('setTimeout(() => console.log("before"), 1); await new Promise(() => {})');
  assert.deepEqual([out.status, out.stdout], ['stalled', 'before\n']);
});

test('await works wherever a script has a top level', () => {
  const s = new Sandbox();
  assert.equal(s.value('const a = await 5; a'), 5);
  assert.equal(s.value('a'), 5);
  assert.equal(
    s.value('let total = 0; for await (const n of [1, Promise.resolve(2)]) total += n; total'),
    3,
  );
  assert.equal(s.value('if (await true) { await 7 }'), 7);
  assert.equal(s.value('await null; Promise.resolve(8)'), 8);
  assert.equal(s.value('"no await here".length'), 13);
});
