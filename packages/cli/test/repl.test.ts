// The prompt: what is piped to it, what counts as one input, completion, and the session that outlives what is run.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Answers } from '../src/repl/answers.js';
import { complete, declarations } from '../src/repl/completion.js';
import { isIncomplete } from '../src/repl/incomplete.js';
import { KeptSession } from '../src/repl/kept.js';
import { Sink } from '../src/sink.js';
import { command } from './command.js';

let session: KeptSession;
beforeAll(async () => {
  session = await KeptSession.open({ limits: { wallTimeMs: 60_000, cpuTimeMs: 60_000 } });
});
afterAll(() => session.dispose());

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
  const answers = new Answers(session, sink, sink);
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
])('%j goes on', (code) => expect(isIncomplete(code)).toBe(true));

test.each(['', '1 + 1', 'a b', 'f(]', '"open', 'await x', '}', 'x = {a: 1}', '// note', '#!x'])(
  '%j does not',
  (code) => expect(isIncomplete(code)).toBe(false),
);

test('completes names of the guest, and changes nothing in it', async () => {
  const { signal } = new AbortController();
  await session.run(
    'globalThis.touched = 0; const user = { name: 1, get next() { touched++; return { deep: 1 } } }',
    'x',
    signal,
  );
  const found = async (line: string) => (await complete(session, line, new Set(['user'])))[0];
  expect(await found('use')).toEqual(['user']);
  expect(await found('user.n')).toEqual(['name', 'next']);
  expect(await found('1 + user.next.de')).toEqual(['deep']);
  expect(await found('Math.ma')).toEqual(['max']);
  expect(await found('retur')).toEqual(['return']);
  for (const line of ['', 'nope.x', '"text".tr', 'f().x', '$pat'])
    expect(await found(line)).toEqual([]);
  expect((await session.run('touched', 'x', signal)).value).toBe(0);
});

test('knows what an input declares', () => {
  expect(declarations('let a = 1; const b = 2; class C {} function d() {}')).toEqual([
    'a',
    'b',
    'C',
    'd',
  ]);
});
