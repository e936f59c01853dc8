// Owns the tests of host functions, of waiting for them, and of asyncio.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError, Later, Sandbox } from './host.mjs';

const later = (value) => new Later(({ fulfil }) => fulfil(value));

test('host functions are called by name, with any arguments', () => {
  const s = new Sandbox({ host: { add: (a, b) => a + b, nothing: () => null } });
  assert.equal(s.value('add(2, 3)'), 5);
  assert.equal(s.value('nothing()'), null);
  s.run('add(1, 2, x=[3], y=None)');
  assert.deepEqual(JSON.parse(JSON.stringify(s.lastCall)), {
    name: 'add',
    sent: [[1, 2], { x: [3], y: null }],
  });
  assert.equal(s.value('add.__name__'), 'add');
  assert.equal(s.run('add(1, print)').value.type, 'TypeError');
  assert.match(
    s.run('add(1, [0, print])').value.message,
    /^add: argument \$\[1\]\[1\]: a function/,
  );
  assert.match(s.run('add(k={"a": {1j}})').value.message, /^add: argument \$\.k\.a\[0\]/);
  assert.equal(s.run('add("x" * 1000)', { maxBytes: 500 }).value.type, 'ValueError');
});

test('the list of functions can change, and a name can be taken', () => {
  const s = new Sandbox({ host: { a: () => 1, b: () => 2 } });
  assert.equal(s.value('a() + b()'), 3);
  assert.equal(s.value('b = 10; b', { host: ['a', 'b'] }), 10);
  assert.equal(s.run('a()', { host: ['c'] }).value.type, 'NameError');
  assert.equal(s.value('b', { host: [] }), 10);
});

test('functions that answer later are called plainly', () => {
  const s = new Sandbox({
    host: {
      slow: (x) => later(x * 2),
      bad: () =>
        new Later(({ reject }) =>
          reject(new HostError({ type: 'KeyError', message: 'gone', code: 'c' })),
        ),
      never: () => new Later(() => {}),
    },
  });
  assert.equal(s.value('slow(4)'), 8);
  assert.equal(
    s.value('try:\n  bad()\nexcept KeyError as e:\n  r = [str(e), e.code]\nr').join(),
    'gone,c',
  );
  assert.equal(s.run('never()').status, 'stalled');
  assert.equal(s.value('slow(1)'), 2);
});

test('several of them at once', () => {
  const done = [];
  const s = new Sandbox({
    host: {
      slow: (x) => new Later(({ fulfil }) => done.push(() => fulfil(x))),
      go: () => {
        for (const settle of done.reverse()) settle();
      },
    },
  });
  assert.deepEqual(
    s.value(
      'import asyncio\nfutures = [slow.start(i) for i in range(3)]\ngo()\nawait asyncio.gather(*futures)',
    ),
    [0, 1, 2],
  );
});

test('asyncio works, and await at the top', () => {
  const s = new Sandbox();
  assert.equal(s.value('import asyncio\nawait asyncio.sleep(5, "x")'), 'x');
  assert.ok(s.waits.includes(5_000_000n) || s.waits.some((us) => us > 4_000_000n));
  assert.deepEqual(
    s.value(
      'async def f(n):\n  await asyncio.sleep(n)\n  return n\nawait asyncio.gather(f(2), f(1))',
    ),
    [2, 1],
  );
  assert.equal(s.value('asyncio.run(f(0.25))'), 0.25);
  assert.equal(s.value('f(3)'), 3);
  assert.equal(
    s.value(
      't = asyncio.ensure_future(f(1)) if False else None\nasync def main():\n  async with asyncio.timeout(1):\n    await asyncio.sleep(5)\ntry:\n  await main()\nexcept TimeoutError:\n  r = "late"\nr',
    ),
    'late',
  );
});

test('tasks go on in the next run that awaits', () => {
  const s = new Sandbox();
  s.run(
    'import asyncio\nasync def f():\n  await asyncio.sleep(1)\n  return 5\nt = asyncio.create_task(f())\nawait asyncio.sleep(0)',
  );
  assert.equal(s.value('await t'), 5);
});

test('what never settles has a status', () => {
  const s = new Sandbox();
  assert.equal(s.run('import asyncio\nawait asyncio.Event().wait()').status, 'stalled');
  assert.equal(s.run('await asyncio.get_running_loop().create_future()').status, 'stalled');
  assert.equal(s.value('await asyncio.sleep(0, 3)'), 3);
});

test('errors of tasks have their traceback', () => {
  const s = new Sandbox();
  const { value } = s.run(
    'import asyncio\nasync def f():\n  await asyncio.sleep(1)\n  1 / 0\nawait f()',
  );
  assert.equal(value.type, 'ZeroDivisionError');
  assert.match(
    value.stack,
    /^Traceback[\s\S]*"<main>", line 5, in <module>\n {4}await f\(\)\n[\s\S]*line 4, in f/,
  );
  assert.doesNotMatch(value.stack, /asyncio\/|sandbox>/);
});

test('threads of asyncio run in place, others are refused', () => {
  const s = new Sandbox();
  assert.equal(s.value('import asyncio\nawait asyncio.to_thread(lambda: 5)'), 5);
  const refused = s.run('import threading\nthreading.Thread(target=print).start()').value;
  assert.equal(refused.type, 'RuntimeError');
  assert.match(refused.message, /sandbox has one thread/);
});
