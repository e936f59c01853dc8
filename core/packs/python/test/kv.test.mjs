// The key-value store as a mapping: values in both directions, refusals, and programs that take it apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { denied, keyValueStore } from '../../shared/test/kv.mjs';
import { Sandbox } from './host.mjs';

test('a mapping of strings', () => {
  const s = new Sandbox({ kv: keyValueStore() });
  s.value("kv['a/1'] = {'list': [1, 2.5, 2 ** 70], 'bytes': b'x'}\nkv.set('n', None)");
  assert.deepEqual(
    s.value("v = kv['a/1']\n[v['list'][2] == 2 ** 70, v['list'][1], v['bytes'] == b'x']"),
    [true, 2.5, true],
  );
  assert.deepEqual(
    s.value("[kv.get('n', 5), kv.get('x'), kv.get('x', 5), 'n' in kv, 'x' in kv, len(kv)]"),
    [null, null, 5, true, false, 2],
  );
  assert.deepEqual(
    s.value("[list(kv), kv.keys('a/'), kv.delete('n'), kv.delete('n'), kv.keys(), repr(kv)]"),
    [['a/1', 'n'], ['a/1'], true, false, ['a/1'], '<kv>'],
  );
  assert.equal(s.value("del kv['a/1']\nkv.clear()\nlen(kv)"), 0);
});

test('what is not there is a KeyError', () => {
  const s = new Sandbox({ kv: keyValueStore() });
  for (const code of ["kv['x']", "del kv['x']"]) {
    const { status, value } = s.run(code);
    assert.deepEqual([status, value.type, value.message], ['threw', 'KeyError', "'x'"]);
  }
});

test('two sandboxes with one store, and what is asked of the host', () => {
  const kv = keyValueStore();
  const first = new Sandbox({ kv });
  first.value("kv['n'] = 41");
  assert.deepEqual([first.lastCall.name, first.lastCall.sent[0]], ['kv.set', ['n', 41]]);
  assert.equal(new Sandbox({ kv }).value("kv['n'] + 1"), 42);
});

test('refusals are exceptions of their kind', () => {
  const s = new Sandbox({ kv: keyValueStore({ keys: 1 }) });
  s.value("kv['a'] = 1");
  assert.deepEqual(
    s.value("try: kv['b'] = 1\nexcept OSError as e: r = [e.code, 'keys' in str(e)]\nr"),
    ['file_limit', true],
  );
  assert.equal(s.value('try: kv[5]\nexcept TypeError as e: r = True\nr'), true);
  const uncaught = s.run("kv['b'] = 1");
  assert.deepEqual([uncaught.status, uncaught.value.hostError.code], ['threw', 'file_limit']);
  assert.equal(s.run("kv['a'] = lambda: 1").value.type, 'TypeError');
  assert.equal(s.value("kv['a']"), 1);
});

test('without a grant each use is denied', () => {
  const s = new Sandbox({ kv: denied });
  for (const code of ["kv['a']", "kv['a'] = 1", 'len(kv)', 'kv.clear()'])
    assert.equal(s.run(code).value.hostError.code, 'access_denied');
  assert.equal(
    s.value("try: kv.get('a')\nexcept PermissionError as e: r = e.code\nr"),
    'access_denied',
  );
});

test('a program that takes it apart harms itself only', () => {
  const kv = keyValueStore();
  const s = new Sandbox({ kv });
  s.value("kv['a'] = 1\ntype(kv).get = lambda self, key: 666");
  assert.equal(s.value("kv.get('a')"), 666);
  assert.equal(s.run('kv.extra = 1').value.type, 'AttributeError');
  s.value('import builtins\ndel builtins.kv');
  assert.equal(s.run("kv['a']").value.type, 'NameError');
  assert.equal(new Sandbox({ kv }).value("kv['a']"), 1);
});
