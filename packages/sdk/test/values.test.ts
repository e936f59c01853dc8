// Values on their way to a guest and back, exactly; and what is refused, by its path.
import { expect, test } from 'vitest';
import { type Session, WasmSandbox } from '../src/index.js';
import { failure } from './expect.js';

async function echo(session: Session, value: unknown): Promise<unknown> {
  return (await session.run('x', { inputs: { x: value } })).value;
}

test('values come back as they went', async () => {
  await using session = await WasmSandbox.javascript();
  const values: unknown[] = [
    null,
    true,
    false,
    0,
    -0,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2 ** 53,
    5e-324,
    0n,
    -(2n ** 63n),
    2n ** 64n,
    10n ** 100n,
    '',
    'naïve 日本語 🦀 \u0000 \u2028',
    '\u{10ffff}',
    new Uint8Array([0, 1, 255]),
    new Uint8Array(),
    new Date(0),
    new Date('2026-02-03T04:05:06.789Z'),
    [],
    [1, [2, [3, []]]],
    {},
    { a: { b: [null, { c: 'd' }] } },
    { '': 1, '0': 2, 'a b': 3 },
  ];
  for (const value of values) expect(await echo(session, value)).toStrictEqual(value);
});

test('what has no counterpart becomes the nearest one', async () => {
  await using session = await WasmSandbox.javascript();
  expect(await echo(session, undefined)).toBeNull();
  expect(await echo(session, new Set([1, 2]))).toEqual([1, 2]);
  expect(await echo(session, new Float32Array([1.5, 2]))).toEqual([1.5, 2]);
  expect(await echo(session, new BigInt64Array([1n]))).toEqual([1n]);
  expect(await echo(session, new Uint8Array([1, 2]).buffer)).toEqual(new Uint8Array([1, 2]));
  expect(await echo(session, Buffer.from('hi'))).toEqual(new Uint8Array([104, 105]));
  expect(await echo(session, new Map([['a', 1]]))).toEqual({ a: 1 });
  const numbers = await echo(session, new Map([[1, 'one']]));
  expect(numbers).toEqual(new Map([[1, 'one']]));
});

test('no key of an object is special', async () => {
  await using session = await WasmSandbox.javascript();
  const hostile = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');
  const back = (await echo(session, hostile)) as object;
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  expect(Object.keys(back).sort()).toEqual(['__proto__', 'constructor']);
  expect((back as { polluted?: boolean }).polluted).toBeUndefined();
  const made = await session.run('JSON.parse(\'{"__proto__": {"polluted": true}}\')');
  expect(Object.keys(made.value as object)).toEqual(['__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('what cannot cross is refused by its path', async () => {
  await using session = await WasmSandbox.javascript();
  const path = async (value: unknown) =>
    (await failure(echo(session, value), 'invalid_argument')).details.path as string;
  expect(await path({ a: [0, 1, 2, () => 1] })).toContain('.a[3]');
  expect(await path([Symbol('s')])).toContain('[0]');
  expect(await path('\ud800')).toBeTruthy();
  expect(await path({ 'a\udc00': 1 })).toBeTruthy();
  expect(await path(new Date(Number.NaN))).toBeTruthy();
  const cyclic: unknown[] = [];
  cyclic.push({ inner: cyclic });
  expect(await path(cyclic)).toContain('[0].inner');
  let deep: unknown = 1;
  for (let i = 0; i < 500; i++) deep = [deep];
  expect(await path(deep)).toContain('[0][0][0]');
});

test('the same object twice is no cycle', async () => {
  await using session = await WasmSandbox.javascript();
  const shared = { n: 1 };
  expect(await echo(session, [shared, shared])).toEqual([{ n: 1 }, { n: 1 }]);
});

test('what a guest gives out is held to the same rules', async () => {
  await using session = await WasmSandbox.javascript();
  for (const code of [
    '(() => 1)',
    'Symbol("s")',
    '[0, {a: () => 1}]',
    'let c = []; c.push(c); c',
  ]) {
    await failure(session.run(code), 'invalid_argument');
  }
  const large = await WasmSandbox.javascript({ limits: { valueBytes: 1000 } });
  await failure(large.run('"x".repeat(5000)'), 'value_limit');
  await large.dispose();
});

test('a getter that throws is the caller’s own error', async () => {
  await using session = await WasmSandbox.javascript();
  const value = {
    get broken() {
      throw new Error('mine');
    },
  };
  await expect(session.run('x', { inputs: { x: value } })).rejects.toThrow('mine');
  expect((await session.run('1')).value).toBe(1);
});

test('values cross to and from host functions too', async () => {
  const seen: unknown[] = [];
  await using session = await WasmSandbox.javascript({
    host: {
      note: (...args: unknown[]) => {
        seen.push(...args);
        return { big: 2n ** 70n, when: new Date(5), bytes: new Uint8Array([7]) };
      },
      bad: () => () => 1,
    },
  });
  const { value } = await session.run('note(1n << 70n, -0, new Uint8Array([1]), {a: NaN})');
  expect(seen).toStrictEqual([2n ** 70n, -0, new Uint8Array([1]), { a: Number.NaN }]);
  expect(value).toStrictEqual({ big: 2n ** 70n, when: new Date(5), bytes: new Uint8Array([7]) });
  await expect(session.run('bad()')).rejects.toMatchObject({ name: expect.any(String) });
});
