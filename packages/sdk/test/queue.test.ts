// The order of calls on one sandbox, and the cases that would wait for themselves.
import { expect, test } from 'vitest';
import { type Session, WasmSandbox } from '../src/index.js';
import { failure, sleep } from './expect.js';
import { calculator, trouble } from './guests.js';
import { assemble } from './wasm.js';

test('a hundred concurrent calls on one sandbox all succeed', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  const calls = Array.from({ length: 100 }, (_, i) => sandbox.call('add', [i, i + 1]));
  expect(await Promise.all(calls)).toEqual(calls.map((_, i) => 2 * i + 1));
});

test('calls take their turn in order and never overlap', async () => {
  const order: number[] = [];
  let inside = 0;
  await using session = await WasmSandbox.javascript({
    host: {
      step: async (n: number) => {
        expect(++inside).toBe(1);
        await sleep(1);
        inside--;
        order.push(n);
      },
    },
  });
  await Promise.all(Array.from({ length: 20 }, (_, i) => session.run(`await step(${i})`)));
  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('reset and collectGarbage wait for their turn too', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble);
  const results = await Promise.all([
    sandbox.call('set_state', [1]),
    sandbox.call('get_state'),
    sandbox.reset(),
    sandbox.call('get_state'),
    sandbox.collectGarbage(),
  ]);
  expect(results).toEqual([null, 1, undefined, 0, 0]);
});

test('a synchronous call while another is in flight is busy', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble, { limits: { wallTimeMs: 200 } });
  const read = sandbox.prepare('get_state');
  const spin = failure(sandbox.call('spin'), 'wall_timeout');
  await failure(() => sandbox.callSync('get_state'), 'busy');
  await failure(() => read(), 'busy');
  await failure(() => sandbox.prepare('get_state'), 'busy');
  await spin;
  expect(read()).toBe(0);
});

test('a host function that calls its own sandbox is busy, not deadlocked', async () => {
  const outcomes: string[] = [];
  const attempt = async (work: () => unknown) => {
    try {
      await work();
      outcomes.push('done');
    } catch (error) {
      outcomes.push((error as { code: string }).code);
    }
  };
  const session: Session = await WasmSandbox.javascript({
    host: {
      again: async () => {
        await attempt(() => session.run('1'));
        await sleep(1);
        await attempt(() => session.call('f'));
        await attempt(() => session.runSync('1'));
        await attempt(() => session.reset());
        return 'answered';
      },
      plain: () => {
        void attempt(() => session.run('1'));
        return 1;
      },
    },
  });
  expect((await session.run('await again()')).value).toBe('answered');
  expect(outcomes).toEqual(['busy', 'busy', 'busy', 'busy']);
  outcomes.length = 0;
  expect((await session.run('plain()')).value).toBe(1);
  await sleep(5);
  expect(outcomes).toEqual(['busy']);
  await session.dispose();
});

test('reentry by way of another sandbox is busy as well', async () => {
  let code = '';
  const outer: Session = await WasmSandbox.javascript({
    host: { ask: async () => (await middle.run('await back()')).value },
  });
  const middle: Session = await WasmSandbox.javascript({
    host: {
      back: async () => {
        await outer.run('1').catch((error) => {
          code = error.code;
        });
        return 'fine';
      },
    },
  });
  expect((await outer.run('await ask()')).value).toBe('fine');
  expect(code).toBe('busy');
  await outer.dispose();
  await middle.dispose();
});

test('reentry by way of a start function is busy as well', async () => {
  const codes: string[] = [];
  const asks = assemble({
    imports: [{ module: 'host', name: 'back' }],
    funcs: [{ name: 'f', body: [] }, { body: [0x10, 0] }],
    start: 2,
  });
  const back = () => outer.run('1').then(null, (error) => void codes.push(error.code));
  const outer: Session = await WasmSandbox.javascript({
    host: {
      open: () => WasmSandbox.fromBytes(asks, { host: { back } }).then((one) => one.dispose()),
    },
  });
  await outer.run('await open()');
  expect(codes).toEqual(['busy']);
  await outer.dispose();
});

test('a call that only happens at the same time is queued, not refused', async () => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((done) => {
    release = done;
  });
  await using session = await WasmSandbox.javascript({ host: { wait: () => held } });
  const first = session.run('await wait(); 1');
  await sleep(10);
  const second = session.run('2');
  release?.();
  expect((await first).value).toBe(1);
  expect((await second).value).toBe(2);
});

test('work that a host function leaves behind may call the sandbox', async () => {
  let later: Promise<unknown> | undefined;
  const session: Session = await WasmSandbox.javascript({
    host: {
      start: () => {
        later = sleep(20).then(() => session.run('40 + 2'));
        return 1;
      },
    },
  });
  await session.run('start()');
  expect(await later).toMatchObject({ value: 42 });
  await session.dispose();
});

test('dispose from within a host function ends the run', async () => {
  const session: Session = await WasmSandbox.javascript({
    host: { end: () => void session.dispose() },
  });
  await failure(session.run('end(); for (;;);'), 'closed');
  expect(session.disposed).toBe(true);
});
