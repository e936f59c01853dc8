// The prompt: what is piped to it, what counts as one input, completion, and the session that outlives what is run.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Answers } from '../src/repl/answers.js';
import { KeptSession } from '../src/repl/kept.js';
import { javascript, typescript } from '../src/repl/languages/ecmascript.js';
import { python } from '../src/repl/languages/python.js';
import { Sink } from '../src/sink.js';
import { command } from './command.js';

let session: KeptSession;
let snake: KeptSession;
const { declarations } = javascript;
beforeAll(async () => {
  const limits = { wallTimeMs: 60_000, cpuTimeMs: 60_000 };
  session = await KeptSession.open({ limits }, javascript);
  snake = await KeptSession.open({ limits }, python);
});
afterAll(async () => {
  await session.dispose();
  await snake.dispose();
});

test('answers what is piped to it, in one session', async () => {
  const stdin = [
    'let n = 41',
    'function f(a) {',
    '  return a + n',
    '}',
    'f(1)',
    'console.log("out"); null',
    'await Promise.resolve([n])',
    'throw new RangeError("no")',
    'n',
    '',
  ].join('\n');
  const { status, stdout, stderr } = await command(['repl'], { stdin });
  expect(stdout).toBe('42\nout\n[ 41 ]\n41\n');
  expect(stderr).toContain('RangeError: no');
  expect(stderr).toContain('<input 6>:1');
  expect(status).toBe(0);
});

test('a limit loses one input, not the session', async () => {
  const stdin = 'let n = 1\nn = 2; for (;;);\nn\n';
  const { stdout, stderr } = await command(['repl', '--timeout', '200ms'], { stdin });
  expect(stdout).toBe('1\n');
  expect(stderr).toContain('Wall timeout exceeded');
  expect(stderr).toContain('The session is as it was before this input.');
});

test('an interrupt ends what runs and keeps the session', async () => {
  let told = '';
  const sink = new Sink({ write: (text) => (told += text) });
  const answers = new Answers(session, javascript, sink, sink);
  expect(answers.interrupt()).toBe(false);
  await answers.answer('let kept = "as it was"');
  const running = answers.answer('kept = "lost"; for (;;);');
  await new Promise((done) => setTimeout(done, 100));
  expect(await answers.complete('kep')).toEqual([[], 'kep']);
  expect(answers.interrupt()).toBe(true);
  await running;
  await answers.answer('kept');
  expect(told).toContain('cancelled');
  expect(told).toMatch(/'as it was'\n$/);
});

test.each([
  'function f() {',
  'const a = [1,',
  'x = `a\n',
  '/* more',
  'if (a)',
  'f(1,\n  2',
  'async () => {',
  'await f(',
  'class A {',
])('%j goes on', (code) => expect(javascript.isIncomplete(code, session)).toBe(true));

test.each(['', '1 + 1', 'a b', 'f(]', '"open', 'await x', '}', 'x = {a: 1}', '// note', '#!x'])(
  '%j does not',
  (code) => expect(javascript.isIncomplete(code, session)).toBe(false),
);

test('completes names of the guest, and changes nothing in it', async () => {
  const { signal } = new AbortController();
  await session.run(
    'globalThis.touched = 0; const user = { name: 1, get next() { touched++; return { deep: 1 } } }',
    { file: 'x', signal },
  );
  const found = async (line: string) =>
    (await javascript.complete(session, line, new Set(['user'])))[0];
  expect(await found('use')).toEqual(['user']);
  expect(await found('user.n')).toEqual(['name', 'next']);
  expect(await found('1 + user.next.de')).toEqual(['deep']);
  expect(await found('Math.ma')).toEqual(['max']);
  expect(await found('retur')).toEqual(['return']);
  for (const line of ['', 'nope.x', '"text".tr', 'f().x', '$pat'])
    expect(await found(line)).toEqual([]);
  expect((await session.run('touched', { file: 'x', signal })).value).toBe(0);
});

test('knows what an input declares', () => {
  expect(declarations('let a = 1; const b = 2; class C {} function d() {}')).toEqual([
    'a',
    'b',
    'C',
    'd',
  ]);
});

test.each(['const f = (a: number', 'interface A {', 'type T = {', 'let x: Array<'])(
  '%j goes on in TypeScript',
  (code) => expect(typescript.isIncomplete(code, session)).toBe(true),
);

test.each(['const n: number = 1', 'interface A { x: string }', 'x as', 'enum E { A }'])(
  '%j does not',
  (code) => expect(typescript.isIncomplete(code, session)).toBe(code === 'x as'),
);

test.each([
  ['if True:\n', true],
  ['if True:\n  x = 1\n', true],
  ['if True:\n  x = 1\n\n', false],
  ['x = (1,\n', true],
  ['"""text\n', true],
  ['@decorator\n', true],
  ['1 +\n', false],
  ['x = 1\n', false],
  ['\n', false],
  ['# note\n', false],
])('%j in Python goes on: %j', async (code, more) =>
  expect(await python.isIncomplete(code, snake)).toBe(more),
);

test('Python shows values as it does, and keeps the session after an interrupt', async () => {
  let told = '';
  const sink = new Sink({ write: (text) => (told += Buffer.from(text).toString()) });
  const listening = { onStdout: sink.push, onStderr: sink.push };
  const kept = await KeptSession.open(listening, python);
  const answers = new Answers(kept, python, sink, sink);
  for (const code of ['x = [1, "a"]', 'x', 'None', '_', 'def f():\n  return 1/0\n', 'f', 'f()']) {
    await answers.answer(code);
  }
  await answers.answer('import asyncio\nawait asyncio.sleep(0, 5)');
  await answers.answer('await asyncio.sleep(0, 7)');
  const running = answers.answer('while True: pass');
  await new Promise((done) => setTimeout(done, 100));
  expect(answers.interrupt()).toBe(true);
  await running;
  await answers.answer('len(x)');
  await kept.dispose();
  const lines = told.split('\n');
  expect(lines.slice(0, 2)).toEqual(["[1, 'a']", "[1, 'a']"]);
  expect(lines[2]).toMatch(/^<function f at 0x/);
  expect(told).toMatch(/ {6}File "<input 7>", line 1, in <module>\n {8}f\(\)[\s\S]*return 1\/0/);
  expect(told).not.toContain('prompt');
  expect(told).toMatch(/ZeroDivisionError[\s\S]*\n7\n/);
  expect(told).toMatch(/cancelled[\s\S]*\n2\n$/);
});

test('completes names of Python, and changes nothing', async () => {
  await snake.run(
    'class A:\n  touched = 0\n  @property\n  def next(self): A.touched += 1\nuser = A()\n',
    {
      file: 'x',
    },
  );
  const found = async (line: string) => (await python.complete(snake, line, new Set()))[0];
  expect(await found('use')).toEqual(['user']);
  expect(await found('user.ne')).toEqual(['user.next']);
  expect(await found('print(impo')).toEqual(['import ']);
  expect(await found('__ty')).toEqual([]);
  for (const line of ['', 'nope.x', '5', '1.']) expect(await found(line)).toEqual([]);
  expect((await snake.run('A.touched', { file: 'x' })).value).toBe(0);
});

test('what is piped to Python is one program', async () => {
  const stdin = 'n = 1\nif n:\n  print("yes")\nfor i in range(2):\n  print(i)\n"text"\n';
  const { status, stdout, stderr } = await command(['repl', '--lang', 'py'], { stdin });
  expect([status, stdout, stderr]).toEqual([0, 'yes\n0\n1\n', '']);
});
