// Owns the tests of exceptions: types, messages, tracebacks with right lines, exits, host errors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError, Sandbox } from './host.mjs';

test('a traceback names file, line and code', () => {
  const s = new Sandbox();
  const { status, value } = s.run('def f(a):\n  return 1 / a\n\nf(0)', { file: 'main.py' });
  assert.equal(status, 'threw');
  assert.equal(value.type, 'ZeroDivisionError');
  assert.equal(value.message, 'division by zero');
  assert.equal(
    value.stack,
    `Traceback (most recent call last):
  File "main.py", line 4, in <module>
    f(0)
    ~^^^
  File "main.py", line 2, in f
    return 1 / a
           ~~^~~
ZeroDivisionError: division by zero`,
  );
});

test('a function of an earlier run shows its own lines', () => {
  const s = new Sandbox();
  s.run('\n\ndef early():\n  raise KeyError("k")');
  const { stack } = s.run('x = 1\ny = 2\nz = 3\nearly()').value;
  assert.match(stack, /line 4, in <module>\n {4}early\(\)/);
  assert.match(stack, /line 4, in early\n {4}raise KeyError\("k"\)/);
  assert.match(s.call('early').value.stack, /line 4, in early\n {4}raise KeyError/);
});

test('causes and groups are told', () => {
  const s = new Sandbox();
  const chained = s.run(
    'try:\n  1 / 0\nexcept ZeroDivisionError as e:\n  raise ValueError("v") from e',
  ).value;
  assert.match(chained.stack, /line 2[\s\S]*direct cause[\s\S]*line 4[\s\S]*ValueError: v$/);
  const group = s.run('raise ExceptionGroup("g", [ValueError(1), TypeError(2)])').value;
  assert.match(group.stack, /ExceptionGroup: g \(2 sub-exceptions\)[\s\S]*TypeError: 2/);
  const noted = s.run('e = ValueError("x"); e.add_note("look here"); raise e').value;
  assert.match(noted.stack, /look here$/);
});

test('syntax errors say where', () => {
  const s = new Sandbox();
  const { type, message, stack } = s.run('x = 1\nif x\n  pass', { file: 'a.py' }).value;
  assert.equal(type, 'SyntaxError');
  assert.match(message, /expected ':'/);
  assert.match(stack, /File "a.py", line 2\n {4}if x\n/);
  assert.equal(s.run('  x').value.type, 'IndentationError');
  assert.equal(s.run('x = "\0"').value.type, 'SyntaxError');
  assert.equal(s.run('await = 3').value.type, 'SyntaxError');
});

test('exceptions that misbehave are told all the same', () => {
  const s = new Sandbox();
  const bad =
    'class Bad(Exception):\n  def __str__(self): raise SystemExit\n  __repr__ = __str__\n';
  const { status, value } = s.run(`${bad}raise Bad()`);
  assert.equal(status, 'threw');
  assert.equal(value.type, 'Bad');
  assert.match(value.stack, /Bad/);
  assert.equal(s.run('raise ValueError("\\ud800")').value.message, '?');
  assert.equal(s.run('raise ValueError("x" * 10_000_000)').value.message.length, 65536);
  assert.equal(
    s.run('import traceback\ntraceback.TracebackException = None\n1/0').value.type,
    'ZeroDivisionError',
  );
});

test('exits have their code', () => {
  const s = new Sandbox();
  assert.deepEqual(
    [s.run('import sys; sys.exit()').status, s.run('sys.exit()').value],
    ['exit', 0],
  );
  assert.equal(s.run('sys.exit(3)').value, 3);
  assert.equal(s.run('exit(4)').value, 4);
  assert.equal(s.run('raise SystemExit(True)').value, 1);
  assert.equal(s.run('sys.exit(10 ** 30)').value, 2 ** 31 - 1);
  const said = s.run('sys.exit("goodbye")');
  assert.deepEqual([said.value, said.stderr], [1, 'goodbye\n']);
  assert.equal(s.value('1'), 1);
});

test('an uncaught error of the host comes back as it was', () => {
  const map = {
    type: 'Denied',
    message: 'not you',
    code: 'access_denied',
    details: { capability: 'x' },
    function: 'f',
  };
  const s = new Sandbox({
    host: {
      f: () => {
        throw new HostError(map);
      },
    },
  });
  const { value } = s.run('\nf()');
  assert.deepEqual([value.type, value.message], ['Denied', 'not you']);
  assert.deepEqual(JSON.parse(JSON.stringify(value.hostError)), map);
  assert.match(value.stack, /line 2, in <module>\n {4}f\(\)[\s\S]*Denied: not you$/);
  assert.doesNotMatch(value.stack, /sandbox>/);
  assert.equal(
    s.value('try:\n  f()\nexcept PermissionError as e:\n  r = e.code\nr'),
    'access_denied',
  );
  assert.equal(
    s.run('try:\n  f()\nexcept HostError: raise KeyError(1)').value.hostError,
    undefined,
  );
});
