// Owns the tests of values crossing in both directions, and of those that are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datetime, encode, float, int } from './codec.mjs';
import { Sandbox } from './host.mjs';

const sandbox = new Sandbox();
const plain = (value) =>
  Array.isArray(value)
    ? value.map(plain)
    : value && Object.getPrototypeOf(value) === null
      ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
      : value;
const value = (code, entries) => plain(sandbox.value(code, entries));
const show = (input, code) => value(code, { inputs: { x: input } });

test('every kind leaves as what it is', () => {
  const cases = [
    ['null', null],
    ['undefined', null],
    ['true', true],
    ['false', false],
    ['0', 0],
    ['-0', -0],
    ['1.5', 1.5],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['2 ** 53 - 1', 2 ** 53 - 1],
    ['-(2 ** 53) + 1', -(2 ** 53) + 1],
    ['3.0', 3],
    ['1e10', 1e10],
    ['5n', 5n],
    ['0n', 0n],
    ['-1n', -1n],
    ['2n ** 31n', 2n ** 31n],
    ['-(2n ** 63n)', -(2n ** 63n)],
    ['2n ** 64n', 2n ** 64n],
    ['-(2n ** 200n) - 7n', -(2n ** 200n) - 7n],
    ['255n', 255n],
    ['256n', 256n],
    ['""', ''],
    ['"a\\0b"', 'a\0b'],
    ['"é🦀\\uFEFF"', 'é🦀\uFEFF'],
    ['"ÿ"', 'ÿ'],
    ['[]', []],
    ['[1, [2, [3]]]', [1, [2, [3]]]],
    ['[undefined, , null]', [null, null, null]],
    ['({})', {}],
    ['({ b: 1, a: { c: [true] }, __proto__: null })', { b: 1, a: { c: [true] } }],
    ['({ ["__proto__"]: 5 }).__proto__', 5],
    ['new Map([["k", 1]])', { k: 1 }],
    ['new Map()', {}],
    ['new Map([[1, "a"], ["b", new Map([[2n, 3]])]])', new Map([[1, 'a'], ['b', new Map([[2n, 3]])]])],
    ['new Set([1, "b", 1])', [1, 'b']],
    ['new Uint8Array([0, 255])', new Uint8Array([0, 255])],
    ['new Uint8Array([1, 2, 3, 4]).subarray(1, 3)', new Uint8Array([2, 3])],
    ['new Uint8ClampedArray([300])', new Uint8Array([255])],
    ['new Uint8Array([9]).buffer', new Uint8Array([9])],
    ['new DataView(new Uint8Array([1, 2, 3]).buffer, 1)', new Uint8Array([2, 3])],
    ['new Int16Array([-1, 2])', [-1, 2]],
    ['new Float64Array([0.5, -0])', [0.5, -0]],
    ['new BigInt64Array([-5n])', [-5n]],
    ['Object(1)', 1],
    ['Object("s")', 's'],
    ['Object(false)', false],
    ['Object(7n)', 7n],
    ['class P { #h = 1; constructor() { this.a = 1 } get b() { return 2 } }; new P()', { a: 1 }],
    ['({ toJSON() { return 1 } }).toJSON()', 1],
    ['Object.create({ inherited: 1 }, { hidden: { value: 2 }, seen: { value: 3, enumerable: true } })', { seen: 3 }],
    ['({ get a() { return 5 } })', { a: 5 }],
    ['({ [Symbol("s")]: 1, b: 2 })', { b: 2 }],
    ['"x".repeat(70000).length', 70000],
    ['"ab" + "cd".repeat(2)', 'abcdcd'],
    ['const shared = [1]; [shared, shared]', [[1], [1]]],
    ['new Proxy([1, 2], {})', [1, 2]],
    ['new Proxy({ a: 1 }, {})', { a: 1 }],
    ['(function () { return arguments })(1, 2)', { 0: 1, 1: 2 }],
  ];
  for (const [code, expected] of cases) assert.deepEqual(value(code), expected, code);
});

test('dates leave with microseconds and without an offset', () => {
  assert.deepEqual(sandbox.value('new Date(-1)'), { micros: -1000n, offset: 0 });
  assert.deepEqual(sandbox.value('new Date(8.64e15)'), { micros: 8640000000000000000n, offset: 0 });
});

test('an error leaves as name, message and stack', () => {
  const error = value('new TypeError("no")');
  assert.deepEqual([error.name, error.message], ['TypeError', 'no']);
  assert.match(error.stack, /main\.js:1:\d+/);
});

test('every kind arrives as what it is', () => {
  assert.equal(show(null, 'x === null'), true);
  assert.equal(show(true, 'x === true'), true);
  assert.equal(show(int(2n ** 53n - 1n), 'typeof x + x'), 'number9007199254740991');
  assert.equal(show(int(2n ** 53n), 'typeof x + x'), 'bigint9007199254740992');
  assert.equal(show(int(-(2n ** 63n)), 'typeof x + x'), 'bigint-9223372036854775808');
  assert.equal(show(int(-7), 'typeof x + x'), 'number-7');
  for (const big of [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 2n ** 64n - 1n, -(2n ** 128n) + 3n, 255n]) {
    assert.equal(show(big, 'typeof x + x'), `bigint${big}`);
    assert.equal(show(big, 'x'), big);
  }
  assert.equal(show(float(3), 'Object.is(x, 3)'), true);
  assert.equal(show(float(-0), 'Object.is(x, -0)'), true);
  assert.equal(show(float(Number.NaN), 'Object.is(x, NaN)'), true);
  assert.equal(show('a\0é🦀', 'JSON.stringify(x) + x.length'), '"a\\u0000é🦀"5');
  assert.equal(show(new Uint8Array([1, 2]), 'x instanceof Uint8Array && x.join()'), '1,2');
  assert.equal(show([1, [2]], 'Array.isArray(x) && x[1][0]'), 2);
  assert.equal(show({ a: { b: 1 } }, 'Object.getPrototypeOf(x) === Object.prototype && x.a.b'), 1);
  assert.equal(show(new Map([[1, 2]]), 'x instanceof Map && x.get(1)'), 2);
  assert.equal(show({}, 'x.constructor.name'), 'Object');
  assert.equal(show(datetime(-1n, -330), 'x instanceof Date && x.getTime()'), -1);
  assert.equal(show(datetime(1_500_000n, 60), 'x.toISOString()'), '1970-01-01T00:00:01.500Z');
});

test('maps keep order and odd names', () => {
  const mixed = new Map([['b', 1], ['1', 2], [1, 3], ['é', 4]]);
  assert.deepEqual(show(mixed, '[...x]'), [['b', 1], ['1', 2], [1, 3], ['é', 4]]);
  assert.deepEqual(show({ __proto__: null, ['__proto__']: 9, é: 1 }, 'Object.keys(x)'), ['__proto__', 'é']);
  assert.deepEqual(show({ é: 1 }, '({ "Ã©": 2 }); x["é"]'), 1);
});

test('everything survives a round trip', () => {
  const all = [null, true, -7, 2.5, -0, 3n, -(2n ** 90n), 'é\0', new Uint8Array([7]), [[]], { a: {} }];
  assert.deepEqual(show(all, 'x'), all);
});

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
  for (const step of ['[x]', '({ x })', 'new Map([[1, x]])', 'new Set([x])', 'new Proxy([x], {})']) {
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
  assert.deepEqual(value('const list = [{ get a() { list.length = 1; return 1 } }, 2]; list'), [{ a: 1 }, null]);
  assert.deepEqual(value('const s = new Set([{ get a() { s.clear(); s.add(5); return 1 } }, 2]); s'), [{ a: 1 }, 2]);
  assert.deepEqual(value('const b = new ArrayBuffer(4); const v = new Uint8Array(b); b.transfer(); [b, v]'), [
    new Uint8Array(),
    new Uint8Array(),
  ]);
  assert.deepEqual(value('const f = new Float32Array(4); f.buffer.transfer(); f'), []);
});
