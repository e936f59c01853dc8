// Owns the tests of guests and requests that mean harm: changed builtins, depth, memory, malformed bytes.
// Whatever they do, it ends in a status, and the next run is as good as the first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '../../shared/test/codec.mjs';
import { Later, Sandbox } from './host.mjs';

const isAlive = (s) => assert.equal(s.run('1 + 1').value, 2);

test('changed builtins and modules do not change values', () => {
  const s = new Sandbox({ host: { echo: (x) => x } });
  s.run(`import builtins, sys
for name in ('len', 'str', 'int', 'list', 'dict', 'isinstance', 'type', 'print', 'repr', 'id'):
    setattr(builtins, name, None)
for name in ('json', 'datetime', 'random', 'traceback', 'linecache', 'os'):
    sys.modules.pop(name, None)
`);
  assert.deepEqual(s.run('[1, "a", 2 ** 70, b"x", {"k": (1,)}]').value.length, 5);
  assert.equal(s.run('echo(5)').value, 5);
  assert.equal(s.run('x', { inputs: { x: [1] } }).value[0], 1);
  assert.equal(s.run('1/0').value.type, 'ZeroDivisionError');
  assert.equal(s.run('1/0').value.message, 'division by zero');
  isAlive(s);
});

test('deleted and broken machinery ends in a status', () => {
  for (const code of [
    'import sys; sys.stdout = None; print("x")',
    'import sys; sys.stdout = sys.stderr = 5; 1/0',
    'import sys; sys.modules.clear()',
    'import sys; sys.meta_path.clear(); import colorsys2',
    'import builtins; builtins.__import__ = None',
    'import gc; gc.disable(); gc.freeze()',
    'globals().clear()',
    'import _sandbox; _sandbox.host_call(1, 2, 3)',
    'import _sandbox; _sandbox.host_wait(-1)',
    'import _sandbox_start as s; s.describe = None; s.finish = None; 1/0',
    'import sys; sys.setrecursionlimit(5)',
    'import sys; sys.settrace(lambda *a: 1/0)',
    'import os; os._exit',
    'raise type("X" * 100000, (Exception,), {})',
    'class E(BaseException): pass\nraise E',
    'raise KeyboardInterrupt',
    'import asyncio; asyncio.get_running_loop()',
    'import signal; signal.raise_signal(signal.SIGINT) if 0 else None',
  ]) {
    const s = new Sandbox();
    assert.match(s.run(code).status, /^(ok|threw|refused|exit)$/, code);
    assert.match(s.run('1 + 1').status, /^(ok|threw)$/, code);
  }
});

test('recursion without end is a RecursionError', () => {
  const s = new Sandbox();
  for (const code of [
    'def f(): return f()\nf()',
    'def f(x): return list(map(f, [x]))\nf(1)',
    'class A:\n  def __getattr__(self, n): return getattr(self, n)\nA().x',
    'class B:\n  def __repr__(self): return repr(self)\nrepr(B())',
    'class C:\n  def __eq__(self, o): return self == o\nC() == 1',
    'import json; json.loads("[" * 100000)',
    'a = []\nfor i in range(100000): a = [a]\nimport json; json.dumps(a)',
    'repr(a)',
    'import pickle; pickle.dumps(a)',
    'eval("(" * 100000)',
    'eval("-" * 100000 + "1")',
    'eval("1" + "+1" * 50000)',
    'eval("[" * 199 + "]" * 199)',
    'async def c(): await c()\nawait c()',
    'import re; re.compile("(?:" * 5000 + ")" * 5000)',
    'import sys; sys.setrecursionlimit(10 ** 6)\ndef g(x): return sorted([1], key=g)\ng(1)',
    'exec(e := "exec(e)")',
  ]) {
    const outcome = s.run(code);
    const said = `${outcome.status} ${outcome.value?.type}: ${outcome.value?.message}`;
    assert.match(said, /RecursionError|too many nested parentheses/, code);
    isAlive(s);
  }
});

test('more stack means deeper recursion in C, less means a RecursionError sooner', () => {
  const s = new Sandbox();
  s.run('n = 0\ndef down(x):\n  global n\n  n += 1\n  sorted([1], key=down)');
  const code = 'n = 0\ntry: down(1)\nexcept RecursionError: pass\nn';
  s.run('import sys; sys.setrecursionlimit(10000)');
  const [small, usual] = [256 << 10, 512 << 10].map((stack) => s.value(code, { stack }));
  assert.ok(small > 20 && usual > 1.5 * small, `${small} ${usual}`);
  assert.equal(s.run('1', { stack: 0 }).status, 'threw');
  isAlive(s);
});

test('running out of memory has a status of its own, and the session goes on', () => {
  const s = new Sandbox({ pages: 1200 });
  for (const code of [
    'a = []\nwhile True: a.append([0] * 1000)',
    'x = "x" * 10 ** 9',
    'b = bytearray(10 ** 9)',
    'd = {}\nfor i in range(10 ** 9): d[i] = str(i)',
    '10 ** 10 ** 8 if 0 else [0] * 10 ** 9',
  ]) {
    assert.equal(s.run(code).status, 'memory', code);
    s.run('a = b = d = x = None');
    isAlive(s);
  }
  assert.equal(
    s.value(
      'try:\n  h = []\n  while True: h.append([0] * 1000)\nexcept MemoryError:\n  h = None\n  r = "caught"\nr',
    ),
    'caught',
  );
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
    stdin: 'x',
    path: [],
    kwargs: {},
  });
  assert.equal(s.send(good).value, 2);
  for (let cut = 0; cut < good.length; cut++)
    assert.equal(s.send(good.subarray(0, cut)).status, 'refused', `cut at ${cut}`);
  for (let at = 0; at < good.length; at++) {
    for (const byte of [0, 6, 8, 9, 255]) {
      const bent = Buffer.from(good);
      bent[at] = byte;
      assert.ok(['ok', 'refused', 'threw', 'missing'].includes(s.send(bent).status));
    }
  }
  const huge = (tag) => Buffer.from([tag, 255, 255, 255, 255]);
  for (const bytes of [huge(9), huge(8), huge(6), Buffer.concat([good, Buffer.from([0])])])
    assert.equal(s.send(bytes).status, 'refused');
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
  ])
    assert.equal(s.send(encode(request)).status, 'refused', JSON.stringify(request));
  for (const entries of [{ host: [5] }, { path: [5] }, { env: { a: 5 } }])
    assert.match(s.run('1', entries).status, /^(ok|threw)$/);
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
  assert.equal(s.send(nested).value.type, 'RecursionError');
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
    encode([1, true]),
  ]) {
    s.answer = bytes;
    assert.equal(s.run('f()').value.type, 'SystemError');
    s.answer = undefined;
    s.settled.length = 0;
  }
  isAlive(s);
});

test('large requests come and go', () => {
  const s = new Sandbox();
  const text = 'x'.repeat(3e6);
  assert.equal(s.run('len(t)', { inputs: { t: text } }).value, 3e6);
  assert.equal(s.run(`len('${text}')`).value, 3e6);
  assert.equal(s.run('t').value.length, 3e6);
  isAlive(s);
});
