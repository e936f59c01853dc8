// Every method of WasmSandbox on modules small enough to read.
import { expect, test } from 'vitest';
import { ResourceLimitError, WasmSandbox } from '../src/index.js';
import { failure } from './expect.js';
import { calculator, strangeImport, trouble } from './guests.js';

test('call takes and gives every numeric type', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  expect(await sandbox.call('add', [5, 3])).toBe(8);
  expect(await sandbox.call('multiply', [4, -7])).toBe(-28);
  expect(await sandbox.call('add64', [2n ** 62n, 1])).toBe(2n ** 62n + 1n);
  expect(await sandbox.call('addf', [0.1, 0.2])).toBe(0.1 + 0.2);
  expect(await sandbox.call('swap', [1, 2n])).toEqual([2n, 1]);
  expect(await sandbox.call('nothing')).toBeNull();
});

test('i32 takes both readings and wraps nothing', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  expect(await sandbox.call('add', [4_294_967_295, 0])).toBe(-1);
  expect(await sandbox.call('add', [5.0, 3])).toBe(8);
  for (const bad of [4_294_967_296, -2_147_483_649, 0.5, Number.NaN, '5', null, {}, [1]]) {
    const error = await failure(sandbox.call('add', [bad, 1]), 'invalid_argument');
    expect(error.details.path).toBe('$[0]');
  }
  await failure(sandbox.call('add', [1]), 'invalid_argument');
  await failure(sandbox.call('add', [1, 2, 3]), 'invalid_argument');
});

test('arguments that are no array are told apart from bad ones', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  const error = await failure(() => sandbox.call('add', 5 as never), 'invalid_argument');
  expect(error.message).toContain('array');
});

test('callSync and prepare run on the caller', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  expect(sandbox.callSync('add', [5, 3])).toBe(8);
  const add = sandbox.prepare<(a: number, b: number) => number>('add');
  expect(add(5, 3)).toBe(8);
  const add64 = sandbox.prepare<(a: bigint, b: bigint) => bigint>('add64');
  expect(add64(2n ** 62n, 1n)).toBe(2n ** 62n + 1n);
  await failure(() => add('5' as never, 3), 'invalid_argument');
  await failure(() => (add as (...args: number[]) => number)(5), 'invalid_argument');
  await failure(() => sandbox.prepare('absent'), 'not_found');
  await failure(() => sandbox.callSync('absent'), 'not_found');
});

test('a prepared function outlives a reset, not the sandbox', async () => {
  const sandbox = await WasmSandbox.fromBytes(trouble);
  const read = sandbox.prepare<() => number>('get_state');
  await sandbox.call('set_state', [42]);
  expect(read()).toBe(42);
  await sandbox.reset();
  expect(read()).toBe(0);
  await sandbox.dispose();
  await failure(() => read(), 'closed');
});

test('callBatch keeps order and names the failing call', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  const calls = [
    { function: 'add', args: [1, 2] },
    { function: 'multiply', args: [3, 4] },
    { function: 'subtract', args: [10, 5] },
    { function: 'nothing' },
  ];
  expect(await sandbox.callBatch(calls)).toEqual([3, 12, 5, null]);
  expect(await sandbox.callBatch([])).toEqual([]);
  const error = await failure(
    sandbox.callBatch([...calls, { function: 'divide', args: [1, 0] }]),
    'guest_trap',
  );
  expect(error.details.index).toBe(4);
  await failure(sandbox.callBatch(5 as never), 'invalid_argument');
  const misspelt = sandbox.callBatch([{ function: 'add', argz: [] } as never]);
  expect((await failure(misspelt, 'invalid_argument')).details).toEqual({ path: '$[0].argz' });
});

test('callWithAudit tells what was decided', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator, {
    policy: { version: 1, audit: { enabled: true, level: 'all' } },
  });
  const audited = await sandbox.callWithAudit('add', [5, 3]);
  expect(audited.output).toBe(8);
  expect(audited.violations).toEqual([]);
  expect(audited.events.map((event) => event.target)).toContain('add');
  expect(audited.stats.functionCalls).toBe(1);
});

test('stats begin at zero and count', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  const before = await sandbox.getResourceStats();
  expect(before.functionCalls).toBe(0);
  expect(before.cpuTimeMs).toBe(0);
  await sandbox.call('add', [1, 2]);
  sandbox.callSync('add', [1, 2]);
  sandbox.prepare<(a: number, b: number) => number>('add')(1, 2);
  const after = await sandbox.getResourceStats();
  expect(after.functionCalls).toBe(3);
  expect(after.cpuTimeMs).toBeGreaterThan(0);
  expect(after.wallTimeUs).toBeGreaterThanOrEqual(after.cpuTimeUs);
});

test('memory is counted and given back by reset', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble);
  const first = await sandbox.memoryUsage();
  expect(first).toBeGreaterThanOrEqual(65_536);
  expect(await sandbox.call('grow', [16])).toBe(1);
  expect(await sandbox.memoryUsage()).toBe(first + 16 * 65_536);
  await sandbox.reset();
  expect(await sandbox.memoryUsage()).toBe(first);
  expect(await sandbox.collectGarbage()).toBe(0);
});

test('exports name functions with their types', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  const add = sandbox.exports().find((one) => one.name === 'add');
  expect(add).toMatchObject({ kind: 'function', params: ['i32', 'i32'], results: ['i32'] });
});

test('limits are in force, and the next call begins from the built state', async () => {
  await using sandbox = await WasmSandbox.builder()
    .source(trouble)
    .cpuTimeout(50)
    .memoryLimit(1 << 20)
    .build();
  await sandbox.call('set_state', [7]);
  const spin = await failure(sandbox.call('spin'), 'cpu_timeout');
  expect(spin).toBeInstanceOf(ResourceLimitError);
  expect(spin.message).toMatch(/^CPU timeout exceeded/);
  expect(spin.details).toMatchObject({ field: 'cpuTimeMs', limit: 50, stateLost: true });
  expect(spin.result?.usage.cpuTimeMs).toBeGreaterThanOrEqual(50);
  expect(await sandbox.call('get_state')).toBe(0);
  expect((await failure(sandbox.call('trap'), 'guest_trap')).details.stateLost).toBe(true);
  await failure(sandbox.call('recurse'), 'stack_overflow');
  expect(await sandbox.call('grow', [64])).toBe(-1);
  const bomb = await failure(sandbox.call('bomb'), 'memory_limit');
  expect(bomb.message).toMatch(/^Memory limit exceeded/);
  expect(bomb.details).toMatchObject({ field: 'memoryBytes', limit: 1 << 20 });
  expect(await sandbox.call('get_state')).toBe(0);
});

test('callWithTimeout tightens and never widens', async () => {
  await using sandbox = await WasmSandbox.fromBytes(trouble, { limits: { wallTimeMs: 100 } });
  const tight = await failure(sandbox.callWithTimeout('spin', [], 20), 'wall_timeout');
  expect(tight.message).toMatch(/^Wall timeout exceeded/);
  const wide = await failure(sandbox.callWithTimeout('spin', [], 60_000), 'wall_timeout');
  expect(wide.result?.usage.wallTimeMs).toBeLessThan(2_000);
  for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await failure(sandbox.callWithTimeout('get_state', [], bad), 'invalid_argument');
  }
});

test('what cannot be loaded says why', async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  await failure(WasmSandbox.fromBytes(bytes('(module)')), 'invalid_module');
  await failure(WasmSandbox.fromBytes(new Uint8Array()), 'invalid_module');
  await failure(WasmSandbox.fromBytes(calculator.slice(0, 40)), 'invalid_module');
  const strange = await failure(WasmSandbox.fromBytes(strangeImport), 'invalid_module');
  expect(strange.message).toContain('nowhere');
  const large = await failure(
    WasmSandbox.fromBytes(calculator, { limits: { moduleBytes: 10 } }),
    'module_limit',
  );
  expect(large.details.field).toBe('moduleBytes');
});

test('bytes may be changed once the sandbox is being opened', async () => {
  const bytes = calculator.slice();
  const opening = WasmSandbox.fromBytes(bytes);
  await Promise.resolve();
  await using sandbox = await opening;
  bytes.fill(0);
  await failure(sandbox.call('divide', [1, 0]), 'guest_trap');
  expect(await sandbox.call('add', [1, 2])).toBe(3);
});

test('dispose may be repeated, and everything later is closed', async () => {
  const sandbox = await WasmSandbox.fromBytes(calculator);
  expect(sandbox.disposed).toBe(false);
  await Promise.all([sandbox.dispose(), sandbox.dispose()]);
  await sandbox[Symbol.asyncDispose]();
  expect(sandbox.disposed).toBe(true);
  for (const use of [
    () => sandbox.call('add', [1, 2]),
    () => sandbox.callSync('add', [1, 2]),
    () => sandbox.callBatch([{ function: 'add', args: [1, 2] }]),
    () => sandbox.callWithAudit('add', [1, 2]),
    () => sandbox.prepare('add'),
    () => sandbox.reset(),
    () => sandbox.collectGarbage(),
  ]) {
    await failure(use, 'closed');
  }
});

test('dispose ends what runs and what waits', async () => {
  const sandbox = await WasmSandbox.fromBytes(trouble);
  const calls = [sandbox.call('spin'), sandbox.call('get_state'), sandbox.call('get_state')];
  const outcomes = Promise.all(calls.map((call) => failure(call, 'closed')));
  await sandbox.dispose();
  await outcomes;
});
