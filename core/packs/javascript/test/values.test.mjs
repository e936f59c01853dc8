// Owns the tests of values crossing in both directions; refused.test.mjs has those that do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datetime, float, int } from '../../shared/test/codec.mjs';
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
    [
      'new Map([[1, "a"], ["b", new Map([[2n, 3]])]])',
      new Map([
        [1, 'a'],
        ['b', new Map([[2n, 3]])],
      ]),
    ],
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
    [
      'Object.create({ inherited: 1 }, { hidden: { value: 2 }, seen: { value: 3, enumerable: true } })',
      { seen: 3 },
    ],
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
  for (const big of [
    0n,
    1n,
    -1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n,
    2n ** 64n - 1n,
    -(2n ** 128n) + 3n,
    255n,
  ]) {
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
  const mixed = new Map([
    ['b', 1],
    ['1', 2],
    [1, 3],
    ['é', 4],
  ]);
  assert.deepEqual(show(mixed, '[...x]'), [
    ['b', 1],
    ['1', 2],
    [1, 3],
    ['é', 4],
  ]);
  assert.deepEqual(
    show(
      new Map([
        ['__proto__', 9],
        ['é', 1],
      ]),
      'Object.keys(x)',
    ),
    ['__proto__', 'é'],
  );
  assert.deepEqual(show({ é: 1 }, '({ "Ã©": 2 }); x["é"]'), 1);
});

test('everything survives a round trip', () => {
  const all = [
    null,
    true,
    -7,
    2.5,
    -0,
    3n,
    -(2n ** 90n),
    'é\0',
    new Uint8Array([7]),
    [[]],
    { a: {} },
  ];
  assert.deepEqual(show(all, 'x'), all);
});
