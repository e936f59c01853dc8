// Owns the tests of what stays from run to run, of calls, inputs, and what a request brings along.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

test('variables, functions and modules stay', () => {
  const s = new Sandbox();
  s.run('x = 41\nimport math\ndef f(a, b=1): return a + b');
  assert.equal(s.value('x + 1'), 42);
  assert.equal(s.value('f(math.floor(2.5))'), 3);
  assert.equal(s.value('__name__'), '__main__');
  assert.equal(s.value('import __main__; __main__.x'), 41);
  assert.deepEqual(s.value('sorted(n for n in globals() if "." in n)'), []);
  assert.equal(new Sandbox().run('x').value.type, 'NameError');
});

test('functions are called by name', () => {
  const s = new Sandbox();
  s.run(
    'def f(a, b=2, *, c=3): return [a, b, c]\nclass K:\n  @staticmethod\n  def m(x): return x * 2\nk = K()\nasync def later(x):\n  import asyncio\n  await asyncio.sleep(0.5)\n  return x',
  );
  assert.deepEqual(s.call('f', 1).value, [1, 2, 3]);
  assert.deepEqual(
    s.request({ op: 'call', function: 'f', args: [1], kwargs: { c: 9 } }).value,
    [1, 2, 9],
  );
  assert.equal(s.call('K.m', 4).value, 8);
  assert.equal(s.call('k.m', 'ab').value, 'abab');
  assert.equal(s.call('later', 7).value, 7);
  assert.equal(s.call('len', [1, 2]).value, 2);
  for (const name of ['nothing', 'f.nothing', 'k', 'K.nothing.more', '', '.', 'a b', '\u00e9'])
    if (name !== 'k') assert.equal(s.call(name).status, 'missing', name);
  assert.equal(s.call('k').status, 'missing');
  assert.equal(s.call('f').value.type, 'TypeError');
  assert.deepEqual(s.run('def g(n): return n + 1', { function: 'g', args: [1] }).value, 2);
});

test('inputs become variables', () => {
  const s = new Sandbox();
  assert.equal(s.value('a + b', { inputs: { a: 1, b: 2 } }), 3);
  assert.equal(s.value('a'), 1);
  assert.equal(s.run('1', { inputs: new Map([[1, 2]]) }).value.type, 'TypeError');
});

test('chance follows the seed, unless the program seeds itself', () => {
  const seed = new Uint8Array(32).fill(7);
  const code = 'import random\n[random.random(), random.randrange(10 ** 6)]';
  const [a, b] = [new Sandbox().value(code, { seed }), new Sandbox().value(code, { seed })];
  assert.deepEqual(a, b);
  const s = new Sandbox();
  assert.notDeepEqual(s.value(code), s.value(code));
  s.run('random.seed(1)');
  assert.deepEqual(s.value('random.random()'), 0.13436424411240122);
  assert.deepEqual(s.value('random.random()'), 0.8474337369372327);
});

test('environment, arguments and input', () => {
  const s = new Sandbox();
  assert.equal(
    s.value('import os\nos.environ["A"] + os.getenv("B", "-")', { env: { A: 'x' } }),
    'x-',
  );
  assert.equal(s.value('os.environ.get("A")'), null);
  assert.deepEqual(s.value('import sys\nsys.argv', { argv: ['main.py', 'x'] }), ['main.py', 'x']);
  assert.deepEqual(s.value('sys.argv'), ['']);
  const typed = s.run('a = input("name? "); b = input(); [a, b, sys.stdin.read()]', {
    stdin: 'Ada\nB\nrest\n',
  });
  assert.deepEqual([typed.value, typed.stdout], [['Ada', 'B', 'rest\n'], 'name? ']);
  assert.equal(s.run('input()', { stdin: '' }).value.type, 'EOFError');
  assert.equal(s.run('input()').value.type, 'EOFError');
  assert.deepEqual(s.value('[line for line in sys.stdin]', { stdin: 'é\nb' }), ['é\n', 'b']);
  assert.deepEqual(
    s.value('sys.stdin.buffer.read()', { stdin: 'é' }),
    new Uint8Array([0xc3, 0xa9]),
  );
});

test('files and places to import from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'python-pack-'));
  try {
    writeFileSync(
      join(folder, 'mine.py'),
      'def f():\n  raise ValueError("from a file")\nanswer = 42\n',
    );
    writeFileSync(join(folder, 'json.py'), 'answer = "not the library"\n');
    const s = new Sandbox({ folders: { '/lib': folder } });
    assert.equal(s.run('import mine').value.type, 'ModuleNotFoundError');
    assert.equal(s.value('import mine; mine.answer', { path: ['/lib'] }), 42);
    assert.match(
      s.run('mine.f()', { path: ['/lib'] }).value.stack,
      /File "\/lib\/mine.py", line 2, in f\n {4}raise ValueError/,
    );
    assert.equal(s.value('import json; hasattr(json, "answer")', { path: ['/lib'] }), false);
    assert.equal(
      s.value(
        'import zipfile, sys\nwith zipfile.ZipFile("/lib/w.whl", "w", zipfile.ZIP_DEFLATED) as z: z.writestr("packed/__init__.py", "n = 7")\nsys.path.append("/lib/w.whl")\nimport packed; packed.n',
      ),
      7,
    );
    assert.equal(s.value('import packed; packed.n', { path: ['/lib/w.whl'] }), 7);
    assert.equal(s.value('open("/lib/out.txt", "w").write("é"); open("/lib/out.txt").read()'), 'é');
    assert.equal(
      s.value(
        'import sqlite3\nc = sqlite3.connect("/lib/a.db"); c.execute("create table t(x)"); c.execute("insert into t values (5)"); c.commit(); c.close()\nsqlite3.connect("/lib/a.db").execute("select x from t").fetchone()[0]',
      ),
      5,
    );
    assert.equal(s.run('open("/nowhere")').value.type, 'FileNotFoundError');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what the warm-up did is gone, and the first run is like any other', () => {
  const s = new Sandbox();
  assert.deepEqual(s.value('sorted(globals())'), [
    '__builtins__',
    '__doc__',
    '__loader__',
    '__name__',
    '__package__',
    '__spec__',
  ]);
  assert.deepEqual(s.value('import sys\n[sys.path, sys.argv, sys.executable, sys.prefix]'), [
    ['/', '/site-packages'],
    [''],
    '',
    '/usr',
  ]);
  assert.equal(s.run('fib').value.type, 'NameError');
});

test('memory that somebody else grew is no obstacle', () => {
  const s = new Sandbox();
  s.exports.memory.grow(2);
  assert.equal(s.value('len(bytearray(48_000_000))'), 48_000_000);
});
