// The key-value store: its functions, values in both directions, refusals, and programs that take it apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { denied, keyValueStore } from '../../shared/test/kv.mjs';
import { Sandbox } from './host.mjs';

test('set, get, has, delete, keys, clear', () => {
  const s = new Sandbox({ kv: keyValueStore() });
  s.value(
    "kv.set('a/1', { list: [1, 2.5, 2n ** 70n], bytes: new Uint8Array([1]) }); kv.set('n', null)",
  );
  assert.deepEqual(
    s.value("const v = kv.get('a/1'); [v.list[2] === 2n ** 70n, v.list[1], v.bytes[0]]"),
    [true, 2.5, 1],
  );
  assert.deepEqual(s.value("[kv.get('n'), kv.get('x') === undefined, kv.has('n'), kv.has('x')]"), [
    null,
    true,
    true,
    false,
  ]);
  assert.deepEqual(
    s.value("[kv.keys(), kv.keys('a/'), kv.delete('n'), kv.delete('n'), kv.keys()]"),
    [['a/1', 'n'], ['a/1'], true, false, ['a/1']],
  );
  assert.deepEqual(s.value('[kv.clear(), kv.keys()]'), [null, []]);
  assert.equal(s.value("kv.set('a', undefined); kv.get('a')"), null);
});

test('two sandboxes with one store', () => {
  const kv = keyValueStore();
  new Sandbox({ kv }).value("kv.set('n', 41)");
  assert.equal(new Sandbox({ kv }).value("kv.get('n') + 1"), 42);
});

test('what is asked of the host', () => {
  const s = new Sandbox({ kv: keyValueStore() });
  s.value("kv.set('k', [1])");
  assert.deepEqual(s.lastCall.name, 'kv.set');
  assert.deepEqual(s.lastCall.sent[0], ['k', [1]]);
  s.value('kv.keys()');
  assert.deepEqual(s.lastCall.sent[0], ['']);
});

test('refusals are exceptions with the name and code of the host', () => {
  const s = new Sandbox({ kv: keyValueStore({ keys: 1 }) });
  const seen = (code) =>
    s.value(
      `let e; try { ${code} } catch (error) { e = error } [e instanceof Error, e.name, e.code ?? null]`,
    );
  assert.deepEqual(seen("kv.set('a', 1); kv.set('b', 1)"), [
    true,
    'QuotaExceededError',
    'file_limit',
  ]);
  assert.deepEqual(seen('kv.get(5)'), [true, 'TypeError', null]);
  const uncaught = s.run("kv.set('b', 1)");
  assert.deepEqual(
    [uncaught.status, uncaught.value.type, uncaught.value.hostError.code],
    ['threw', 'QuotaExceededError', 'file_limit'],
  );
  assert.equal(s.run('kv.set("f", () => 1)').status, 'threw');
  assert.deepEqual(s.value("[kv.has('f'), kv.get('a')]"), [false, 1]);
});

test('without a grant each use is denied', () => {
  const s = new Sandbox({ kv: denied });
  for (const code of ["kv.get('a')", "kv.set('a', 1)", 'kv.keys()', 'kv.clear()'])
    assert.equal(s.run(code).value.hostError.code, 'access_denied');
  assert.equal(s.value('1 + 1'), 2);
});

test('a program that takes it apart harms itself only', () => {
  const kv = keyValueStore();
  const s = new Sandbox({ kv });
  s.value(
    "kv.set('a', 1); kv.get = () => 666; Object.defineProperty(Array.prototype, 'length', {}); 1",
  );
  assert.equal(s.value("kv.get('a')"), 666);
  s.value('kv = null');
  assert.equal(s.run("kv.get('a')").value.type, 'TypeError');
  assert.equal(new Sandbox({ kv }).value("kv.get('a')"), 1);
});
