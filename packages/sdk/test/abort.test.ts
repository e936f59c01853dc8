// Cancellation: before, while waiting, while running, in a host function; and what is left behind.
import { expect, test } from 'vitest';
import { LifecycleError, run, WasmSandbox } from '../src/index.js';
import { failure, sleep } from './expect.js';
import { startsForever, trouble } from './guests.js';

test('a signal that is aborted already starts nothing', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble);
  const signal = AbortSignal.abort(new Error('too late'));
  const error = await failure(sandbox.call('spin', [], { signal }), 'cancelled');
  expect(error).toBeInstanceOf(LifecycleError);
  expect((error.cause as Error).message).toBe('too late');
  expect((await sandbox.getResourceStats()).functionCalls).toBe(0);
  await failure(WasmSandbox.fromBytes(trouble, { signal }), 'cancelled');
  await failure(run({ wasm: trouble, call: 'get_state', signal }), 'cancelled');
});

test('a running call ends soon, and the next one works', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble);
  const controller = new AbortController();
  const call = failure(sandbox.call('spin', [], { signal: controller.signal }), 'cancelled');
  await sleep(30);
  const begun = performance.now();
  controller.abort('enough');
  const error = await call;
  expect(performance.now() - begun).toBeLessThan(500);
  expect(error.cause).toBe('enough');
  expect(error.details.stateLost).toBe(true);
  expect(await sandbox.call('get_state')).toBe(0);
});

test('a waiting call leaves the queue, the others stay', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble);
  const [first, second] = [new AbortController(), new AbortController()];
  const running = failure(sandbox.call('spin', [], { signal: first.signal }), 'cancelled');
  const waiting = failure(sandbox.call('spin', [], { signal: second.signal }), 'cancelled');
  const last = sandbox.call('get_state');
  second.abort();
  await waiting;
  first.abort();
  await running;
  expect(await last).toBe(0);
});

test('AbortSignal.timeout keeps its own reason', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble);
  const signal = AbortSignal.timeout(30);
  const error = await failure(sandbox.call('spin', [], { signal }), 'cancelled');
  expect((error.cause as Error).name).toBe('TimeoutError');
});

test('a host function that never answers does not hold a cancel up', async () => {
  await using session = await WasmSandbox.javascript({
    host: { never: () => new Promise(() => {}) },
  });
  const controller = new AbortController();
  const call = failure(session.run('await never()', { signal: controller.signal }), 'cancelled');
  await sleep(30);
  controller.abort();
  await call;
  await failure(session.run('1'), 'closed');
  await session.reset();
  expect((await session.run('1')).value).toBe(1);
});

test('every asynchronous method takes a signal', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble);
  const calls: ((signal: AbortSignal) => Promise<unknown>)[] = [
    (signal) => sandbox.call('spin', [], { signal }),
    (signal) => sandbox.callWithTimeout('spin', [], 5_000, { signal }),
    (signal) => sandbox.callBatch([{ function: 'spin' }], { signal }),
    (signal) => sandbox.callWithAudit('spin', [], { signal }),
    (signal) => run({ wasm: trouble, call: 'spin', signal }),
    (signal) => run({ javascript: 'for (;;);', signal }),
  ];
  for (const call of calls) {
    const controller = new AbortController();
    const outcome = failure(call(controller.signal), 'cancelled');
    await sleep(20);
    controller.abort();
    await outcome;
  }
});

test('an abort after the end changes nothing, and no listener is left', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble);
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (this: AbortSignal, ...args: unknown[]) {
    listeners++;
    return Reflect.apply(addEventListener, this, args);
  } as never;
  signal.removeEventListener = function (this: AbortSignal, ...args: unknown[]) {
    listeners--;
    return Reflect.apply(removeEventListener, this, args);
  } as never;
  for (let i = 0; i < 20; i++) await sandbox.call('get_state', [], { signal });
  expect(listeners).toBe(0);
  controller.abort();
  expect(await sandbox.call('get_state')).toBe(0);
});

test('a start function is held to the limits', async () => {
  const options = { limits: { wallTimeMs: 100 } };
  const error = await failure(WasmSandbox.fromBytes(startsForever, options), 'wall_timeout');
  expect(error.details.limit).toBe(100);
});

test('an opening ends when it is aborted, whatever its start function does', async () => {
  const controller = new AbortController();
  const opening = WasmSandbox.fromBytes(startsForever, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 20);
  const error = await failure(opening, 'cancelled');
  expect((error.cause as Error).message).toBe('enough');
});
