// Owns the tests of what a program prints: text, bytes, order, lines, floods, warnings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

test('print, write and stderr', () => {
  const s = new Sandbox();
  assert.equal(s.run('print("a", 1, sep="-", end="!")').stdout, 'a-1!');
  assert.equal(
    s.run('import sys; sys.stderr.write("e\\n"); print("f", file=sys.stderr)').stderr,
    'e\nf\n',
  );
  assert.equal(s.run('print("é\u{1f980}\\ud800")').stdout, 'é\u{1f980}\\ud800\n');
  assert.equal(
    s.run('sys.stdout.buffer.write(b"raw"); sys.stdout.writelines(["x", "y"])').stdout,
    'rawxy',
  );
  assert.equal(s.run('import os; os.write(1, b"low")').stdout, 'low');
  assert.equal(s.value('sys.stdout.write("abc")'), 3);
  assert.equal(s.run('sys.stdout.write(5)').value.type, 'TypeError');
  assert.deepEqual(
    s.value('[sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.fileno(), sys.stderr.fileno()]'),
    [false, 'utf-8', 1, 2],
  );
});

test('lines come out while a program runs, and nothing is lost', () => {
  const seen = [];
  const s = new Sandbox({ host: { look: () => void seen.push(s.out[0]) } });
  assert.equal(
    s.run(
      'print("one"); look(); print("two", end=""); look(); print(end="", flush=True); look(); 1/0',
    ).stdout,
    'one\ntwo',
  );
  assert.deepEqual(seen, ['one\n', 'one\n', 'one\ntwo']);
  assert.equal(s.run('print("x" * 100000, end="")').stdout.length, 100_000);
  assert.equal(s.run('for i in range(20000): print(i, end=" ")').stdout.length, 108_890);
});

test('streams can be put aside and come back', () => {
  const s = new Sandbox();
  assert.deepEqual(
    s.value(
      'import contextlib, io\nb = io.StringIO()\nwith contextlib.redirect_stdout(b): print("in")\nb.getvalue()',
    ),
    'in\n',
  );
  s.run('import sys; sys.stdout.close(); sys.stdout.reconfigure(encoding="utf-8")');
  assert.equal(s.run('print("still")').stdout, 'still\n');
});

test('warnings, logging and errors of tasks go to stderr', () => {
  const s = new Sandbox();
  assert.match(
    s.run('import warnings; warnings.warn("careful")').stderr,
    /<main>:1: UserWarning: careful/,
  );
  assert.equal(s.run('import logging; logging.warning("w")').stderr, 'WARNING:root:w\n');
  assert.match(s.run('x = "\\d"').stderr, /SyntaxWarning: invalid escape/);
});

test('help and the usual builtins are there', () => {
  const s = new Sandbox();
  assert.match(s.run('help(len)').stdout, /Return the number of items/);
});
