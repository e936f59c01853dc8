// The host's side of key-value stores, and guests that share one. Quotas and denials are conformance cases.
import { expect, test } from 'vitest';
import { KvStore, run } from '../src/index.js';
import { failure } from './expect.js';

test('guests and host share a store, whatever their language', async () => {
  const store = new KvStore('sdk-test');
  store.clear();
  store.set('from-host', { n: [1, 2n ** 70n], bytes: new Uint8Array([1]), none: undefined });
  const policy = { version: 1, capabilities: { kv: { namespace: 'sdk-test' } } } as const;
  const { value } = await run({
    python: "kv['py'] = kv['from-host']['n'][0] + 1\nkv['py']",
    policy,
  });
  expect(value).toBe(2);
  await run({ javascript: "kv.set('js', kv.get('py') + 1)", policy });
  expect(store.get('js')).toBe(3);
  expect(store.get('from-host')).toStrictEqual({
    n: [1, 2n ** 70n],
    bytes: new Uint8Array([1]),
    none: null,
  });
  expect(store.keys()).toEqual(['from-host', 'js', 'py']);
  expect(store.keys('p')).toEqual(['py']);
  expect(store.stats().keys).toBe(3);
  expect([store.delete('js'), store.delete('js'), store.get('js')]).toEqual([
    true,
    false,
    undefined,
  ]);
  const other = { version: 1, capabilities: { kv: { namespace: 'sdk-other' } } } as const;
  expect((await run({ javascript: 'kv.keys()', policy: other })).value).toEqual([]);
  store.clear();
  expect(store.stats()).toEqual({ keys: 0, bytes: 0 });
});

test('names, keys and values are checked', async () => {
  await failure(async () => new KvStore('../x'), 'invalid_argument');
  const store = new KvStore('sdk-test');
  await failure(async () => store.set('', 1), 'invalid_argument');
  await failure(async () => store.set('k', () => {}), 'invalid_argument');
});
