// Owns the tests of guests and requests that mean harm: pollution, depth, memory, malformed bytes.
// Whatever they do, it ends in a status, and the next run is as good as the first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '../../shared/test/codec.mjs';
import { Later, Sandbox } from './host.mjs';

const isAlive = (s) => assert.equal(s.run('1 + 1').value, 2);

test('changed prototypes change neither values nor the console', () => {
  const s = new Sandbox({
    host: { echo: (x) => x, later: (x) => new Later(({ fulfil }) => fulfil(x)) },
  });
  s.run(`
    const bad = () => { throw new Error('polluted') };
    for (const P of [Object, Array, Map, Set, Date, String, Number, Error, RegExp, Function, BigInt, Promise, Uint8Array, Symbol]) {
      for (const key of Reflect.ownKeys(P.prototype)) {
        try { if (P !== Function && P !== Object && P !== Promise) Object.defineProperty(P.prototype, key, { get: bad, set: bad }) } catch {}
      }
    }
    for (const key of ['0', '1', 'get', 'set', 'value', 'next', 'part', 'name', 'length', 'toJSON', 'type', 'message', 'code', 'details', 'seen', 'level']) {
      Object.defineProperty(Object.prototype, key, { get: bad, set: bad, configurable: true });
    }
    Object.prototype.hasOwnProperty = Object.prototype.toString = Object.prototype.valueOf = bad;
    Promise.prototype.then = Promise.prototype.catch = bad;
    for (const name of ['Map', 'Set', 'Promise', 'Array', 'JSON', 'Reflect', 'Error', 'String', 'Uint8Array', 'Date', 'Math', 'Proxy']) globalThis[name] = undefined;
    0`);
  assert.deepEqual(s.run('[1, [2], "s", 5n]').value, [1, [2], 's', 5n]);
  assert.equal(s.run('const o = { __proto__: null, a: [1] }; o').value.a[0], 1);
  assert.deepEqual(
    s.run('x', { inputs: { x: [{ a: new Uint8Array([1]) }, new Map([[1, new Date(0)]])] } })
      .value[0].a,
    new Uint8Array([1]),
  );
  assert.deepEqual(s.run('echo([{ a: 1 }, 2])').value[1], 2);
  assert.equal(s.run('await later(5)').value, 5);
  assert.equal(
    s.run('console.log("%s!", "text", { __proto__: null, a: [1, "q"] })').stdout,
    "text! [Object: null prototype] { a: [ 1, 'q' ] }\n",
  );
  assert.equal(s.run('throw 5').value.message, '5');
  assert.equal(s.run('null.x').status, 'threw');
  assert.equal(s.run('setTimeout(() => console.log("t"), 1); 0').stdout, 't\n');
});

test('a thenable on every object cannot stop a run', () => {
  const s = new Sandbox();
  s.run('Object.prototype.then = function (resolve) { resolve(666) }; 0');
  assert.equal(s.run('5').value, 5);
  assert.ok(['ok', 'stalled', 'threw'].includes(s.run('await null; 5').status));
  s.run('delete Object.prototype.then; 0');
  assert.equal(s.run('await null; 5').value, 5);
});

test('recursion without end is a RangeError', () => {
  const s = new Sandbox();
  const n = 50_000;
  for (const code of [
    'function f() { return f() } f()',
    'const g = () => [1].map(g); g()',
    'const o = { get x() { return this.x } }; o.x',
    'const t = { toString() { return "" + t } }; "" + t',
    'class A { constructor() { new A() } } new A()',
    'async function a() { await a() } await a()',
    'function* y() { yield* y() } y().next()',
    'const p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.a',
    `let a = []; for (let i = 0; i < ${n}; i++) a = [a]; JSON.stringify(a)`,
    `JSON.parse('['.repeat(${n}))`,
    `eval('('.repeat(${n}))`,
    `eval('['.repeat(${n}))`,
    `eval('{'.repeat(${n}))`,
    `eval('!'.repeat(${n}) + '1')`,
    `let b = {}; for (let i = 0; i < ${n}; i++) b = new Proxy(b, {}); Object.keys(b)`,
    `let c = []; for (let i = 0; i < ${n}; i++) c = [c]; c.flat(Infinity)`,
    `let d = [1].values(); for (let i = 0; i < ${n}; i++) d = d.map((x) => x); d.next()`,
  ]) {
    const outcome = s.run(code);
    assert.equal(outcome.status, 'threw', code);
    assert.match(`${outcome.value.type}: ${outcome.value.message}`, /call stack|too deep/, code);
    isAlive(s);
  }
  assert.match(s.run(`new RegExp('(?:'.repeat(${n}))`).value.type, /SyntaxError/);
  assert.equal(s.run('try { f() } catch (e) { e instanceof RangeError }').value, true);
});

test('more stack means deeper recursion, less means a RangeError sooner', () => {
  const s = new Sandbox();
  s.run('let depth = 0; function down() { depth++; down() } 0');
  const reached = (stack) => s.run('depth = 0; try { down() } catch {} depth', { stack }).value;
  const [small, usual, large] = [64 << 10, 128 << 10, 256 << 10].map(reached);
  assert.ok(small > 30 && usual > 1.8 * small && large > 1.8 * usual, `${small} ${usual} ${large}`);
  assert.equal(s.run('1', { stack: 2 ** 40 }).value, 1);
  assert.equal(s.run('1', { stack: 0 }).status, 'threw');
});

test('values read and written at the end of the stack are a RangeError too', () => {
  const s = new Sandbox({ host: { echo: (x) => x } });
  s.run('let nest = 1; for (let i = 0; i < 900; i++) nest = [nest]; let seen = ""; 0');
  const code =
    'function dive() { try { dive() } catch (e) { try { echo(nest) } catch (x) { seen = x.name } throw e } } try { dive() } catch {} seen';
  assert.equal(s.run(code, { maxDepth: 1000 }).value, 'RangeError');
  isAlive(s);
});

test('running out of memory has a status of its own, and the session goes on', () => {
  const s = new Sandbox({ pages: 256 });
  for (const code of [
    'const hog = []; for (;;) hog.push(new Array(1000).fill(0))',
    'const big = []; for (;;) big.push("x".repeat(1e5) + big.length)',
    'let a = "x"; for (;;) a += a + a',
    'new Uint8Array(1e9)',
    'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })',
    'let f = () => 1; for (;;) { const g = f; f = () => g }',
    'const bytes = []; await null; for (;;) bytes.push(new Uint8Array(1e5))',
  ]) {
    const outcome = s.run(`{ ${code} }`);
    const said =
      outcome.status === 'memory' ||
      /out of memory|string|length|allocation/i.test(outcome.value.message);
    assert.ok(said, `${code}: ${outcome.status} ${outcome.value?.message}`);
    isAlive(s);
  }
  assert.equal(
    s.run('const hog = []; for (;;) hog.push(new Array(1000).fill(0))').status,
    'memory',
  );
  assert.equal(
    s.run(
      '{ let caught = false; try { const h = []; for (;;) h.push(new Array(1000)) } catch { caught = true } caught }',
    ).value,
    true,
  );
  assert.equal(s.run('hog.length = 0; throw new InternalError("out of memory")').status, 'threw');
  assert.equal(s.exports.sbx_buf(1 << 30), 0);
  isAlive(s);
});

test('malformed requests are refused', () => {
  const s = new Sandbox();
  const good = encode({
    op: 'run',
    code: '1 + 1',
    file: 'f',
    seed: s.seed(),
    inputs: { a: [1, { b: 'c' }] },
    maxDepth: 5,
  });
  assert.equal(s.send(good).value, 2);
  for (let cut = 0; cut < good.length; cut++) {
    assert.equal(s.send(good.subarray(0, cut)).status, 'refused', `cut at ${cut}`);
  }
  for (let at = 0; at < good.length; at++) {
    for (const byte of [0, 6, 8, 9, 255]) {
      const bent = Buffer.from(good);
      bent[at] = byte;
      assert.ok(['ok', 'refused', 'threw', 'missing'].includes(s.send(bent).status));
    }
  }
  const huge = (tag) => Buffer.from([tag, 255, 255, 255, 255]);
  for (const bytes of [
    huge(9),
    huge(8),
    huge(6),
    Buffer.from([9, 1, 0, 0, 0, 6, 255, 255, 255, 255]),
    Buffer.concat([good, Buffer.from([0])]),
  ]) {
    assert.equal(s.send(bytes).status, 'refused');
  }
  for (const request of [
    {},
    { op: 'run' },
    { op: 'call' },
    { op: 'other', code: '1' },
    { op: 'run', code: 5 },
    { op: 'run', code: '1', seed: new Uint8Array(31) },
    { op: 'run', code: '1', inputs: [] },
    { op: 'run', code: '1', maxDepth: -1 },
    [1],
  ]) {
    assert.equal(s.send(encode(request)).status, 'refused', JSON.stringify(request));
  }
  for (const host of [[5], ['f', null]])
    assert.notEqual(s.send(encode({ op: 'run', code: '1', host })).status, 'ok');
  let deep = encode(1);
  for (let i = 0; i < 5000; i++) deep = Buffer.concat([Buffer.from([8, 1, 0, 0, 0]), deep]);
  const nested = Buffer.concat([
    Buffer.from([9, 3, 0, 0, 0]),
    encode('op'),
    encode('run'),
    encode('code'),
    encode('1'),
    encode('inputs'),
    Buffer.from([9, 1, 0, 0, 0]),
    encode('x'),
    deep,
  ]);
  assert.equal(s.send(nested).value.type, 'RangeError');
  for (const len of [-1, 2 ** 31 - 1, 70_000])
    assert.equal(s.outcome(s.exports.sbx_run(len)).status, 'refused');
  isAlive(s);
});

test('malformed answers of the host are exceptions, not more', () => {
  const s = new Sandbox({ host: { f: () => new Later(({ fulfil }) => fulfil(1)) } });
  for (const bytes of [
    Buffer.from([8, 255, 255, 255, 255]),
    Buffer.from([0]),
    encode([1, 2, 3]),
    encode(['x', true, 1]),
    encode([1, false, 5]),
    encode([1, true]),
  ]) {
    s.answer = bytes;
    assert.equal(s.run('await f()').value.type, 'InternalError');
    s.answer = undefined;
  }
  isAlive(s);
});

test('large requests come and go', () => {
  const s = new Sandbox();
  const text = 'x'.repeat(3e6);
  assert.equal(s.run('t.length', { inputs: { t: text } }).value, 3e6);
  assert.equal(s.run(`'${text}'.length`).value, 3e6);
  assert.equal(s.run('t').value.length, 3e6);
  isAlive(s);
});

test('there is no way to load other code', () => {
  const s = new Sandbox();
  assert.equal(s.run('await import("os")').status, 'threw');
  assert.match(s.run('import "os"').value.message, /os/);
  assert.equal(s.value('1'), 1);
  assert.equal(
    s.run('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)').status,
    'threw',
  );
});
