// Owns the tests of values that cannot leave: of the wrong kind, too deep, too large, or throwing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '../../shared/test/codec.mjs';
import { Sandbox } from './host.mjs';

const sandbox = new Sandbox();
const plain = (value) =>
  Array.isArray(value)
    ? value.map(plain)
    : value && Object.getPrototypeOf(value) === null
      ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
      : value;
const value = (code, entries) => plain(sandbox.value(code, entries));

test('what cannot leave is refused with its path', () => {
  const cases = [
    ['() => 1', '$', /function/],
    ['({ a: [1, 2, 3, function f() {}] })', '$.a[3]', /function/],
    ['[class A {}]', '$[0]', /function/],
    ['({ "odd name": { x: Symbol("s") } })', '$["odd name"].x', /symbol/],
    ['Object(Symbol())', '$', /symbol/],
    ['const c = { a: [] }; c.a.push(c); c', '$.a[0]', /contains itself/],
    ['const m = new Map(); m.set("k", m); m', '$[0]', /contains itself/],
    ['[Promise.resolve(1)]', '$[0]', /promise/],
    ['({ w: new WeakMap() })', '$.w', /weak/],
    ['new WeakRef({})', '$', /weak/],
    ['[new Date(NaN)]', '$[0]', /date/],
    ['["ok", "\\ud800"]', '$[1]', /surrogate/],
    ['"\\udc00x"', '$', /surrogate/],
    ['({ "\\ud800": 1 })', undefined, /surrogate/],
    ['new Map([[() => 1, 1]])', '$[key 0]', /function/],
    ['new Map([["k", () => 1]])', '$[0]', /function/],
    ['new Set([Symbol()])', '$[0]', /symbol/],
    ['new Proxy(() => 1, {})', '$', /function/],
  ];
  for (const [code, path, message] of cases) {
    const outcome = sandbox.run(code);
    assert.equal(outcome.status, 'refused', code);
    if (path) assert.equal(outcome.value.path, path, code);
    assert.match(outcome.value.message, message, code);
    assert.equal(outcome.value.limit, undefined);
  }
});

test('depth is limited to the level', () => {
  assert.deepEqual(value('[[[1]]]', { maxDepth: 3 }), [[[1]]]);
  const outcome = sandbox.run('[[[1]]]', { maxDepth: 2 });
  assert.deepEqual(plain(outcome.value), {
    path: '$[0][0][0]',
    message: 'the value is nested too deeply',
    limit: 'depth',
  });
  assert.equal(sandbox.value('Object(1)', { maxDepth: 0 }), 1);
});

test('a hundred thousand levels are refused, whatever they are made of', () => {
  for (const step of [
    '[x]',
    '({ x })',
    'new Map([[1, x]])',
    'new Set([x])',
    'new Proxy([x], {})',
  ]) {
    const code = `{ let x = 1; for (let i = 0; i < 100000; i++) x = ${step}; x }`;
    const outcome = sandbox.run(code, { maxDepth: 1000 });
    assert.equal(outcome.status, 'refused', step);
    assert.equal(outcome.value.limit, 'depth', step);
    assert.ok(outcome.value.path.length < 600);
  }
});

test('size is limited to the byte', () => {
  const size = encode('abc').length;
  assert.equal(sandbox.value('"abc"', { maxBytes: size }), 'abc');
  for (const code of [
    '"abc"',
    '"x".repeat(1e6)',
    'new Uint8Array(1e6)',
    'new Array(4294967295)',
    'new Proxy([], { get: () => 2 ** 53 - 1 })',
    '2n ** 1000n',
    'Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i, i]))',
    'new Set(Array.from({ length: 100 }, (_, i) => i))',
    '[1, 2]',
    '({ a: 1 })',
    '1',
  ]) {
    const outcome = sandbox.run(code, { maxBytes: size - 1 });
    assert.equal(outcome.status, 'refused', code);
    assert.equal(outcome.value.limit, 'bytes', code);
  }
});

test('what getters and proxies throw is an exception of the guest', () => {
  for (const code of [
    '({ get a() { throw new RangeError("from a getter") } })',
    'new Proxy({}, { ownKeys() { throw new RangeError("from a getter") } })',
    'new Proxy([1], { get() { throw new RangeError("from a getter") } })',
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); proxy',
    'const e = new Error("x"); Object.defineProperty(e, "message", { get() { throw new RangeError("from a getter") } }); e',
  ]) {
    const outcome = sandbox.run(code);
    assert.equal(outcome.status, 'threw', code);
    assert.match(outcome.value.message, /from a getter|revoked/);
  }
});

test('code that runs while a value is read may change it', () => {
  assert.deepEqual(value('({ get a() { delete this.b; return 1 }, b: 2 })'), { a: 1, b: null });
  assert.deepEqual(value('const list = [{ get a() { list.length = 1; return 1 } }, 2]; list'), [
    { a: 1 },
    null,
  ]);
  assert.deepEqual(
    value('const s = new Set([{ get a() { s.clear(); s.add(5); return 1 } }, 2]); s'),
    [{ a: 1 }, 2],
  );
  assert.deepEqual(
    value('const b = new ArrayBuffer(4); const v = new Uint8Array(b); b.transfer(); [b, v]'),
    [new Uint8Array(), new Uint8Array()],
  );
  assert.deepEqual(value('const f = new Float32Array(4); f.buffer.transfer(); f'), []);
});
