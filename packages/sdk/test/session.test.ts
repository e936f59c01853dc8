// Sessions of JavaScript: state, calls, host functions, exceptions, and what ends one.
import { expect, test } from 'vitest';
import { WasmSandbox } from '../src/index.js';
import { failure, sleep } from './expect.js';

test('state stays from run to run and goes with reset', async () => {
  await using session = await WasmSandbox.javascript();
  await session.run('var x = 41; function f(a, b) { return a * b + x }');
  expect((await session.run('x + 1')).value).toBe(42);
  expect(await session.call('f', [2, 3])).toBe(47);
  expect(session.callSync('f', [2, 3])).toBe(47);
  expect(session.runSync('x').value).toBe(41);
  await session.reset();
  expect((await session.run('typeof x')).value).toBe('undefined');
  await failure(session.call('f', [1, 2]), 'not_found');
});

test('a result has value, output and usage', async () => {
  await using session = await WasmSandbox.javascript();
  const result = await session.run('console.log("héllo"); console.error("oh"); [1, 2]');
  expect(result.value).toEqual([1, 2]);
  expect(result.stdout).toBe('héllo\n');
  expect(result.stderr).toBe('oh\n');
  expect(Buffer.from(result.stdoutBytes).toString()).toBe('héllo\n');
  expect(result.truncated).toBe(false);
  expect(result.usage.outputBytes).toBe(10);
  expect(result.usage.cpuTimeUs).toBeGreaterThan(0);
});

test('inputs are variables, and a call may follow the code', async () => {
  await using session = await WasmSandbox.javascript();
  const { value } = await session.run('a + b', { inputs: { a: 1, b: 2 } });
  expect(value).toBe(3);
  const code = 'function scale(n) { return n * factor }';
  const called = await session.run(code, { inputs: { factor: 10 }, call: 'scale', args: [4] });
  expect(called.value).toBe(40);
});

test('top-level await works', async () => {
  await using session = await WasmSandbox.javascript({
    host: { later: async (n: number) => sleep(5).then(() => n + 1) },
  });
  expect((await session.run('await later(1) + await later(2)')).value).toBe(5);
  const many = 'const all = await Promise.all([1, 2, 3].map((n) => later(n))); all';
  expect((await session.run(many)).value).toEqual([2, 3, 4]);
});

test('host functions: plain, throwing, and what they throw', async () => {
  await using session = await WasmSandbox.javascript({
    host: {
      double: (n: number) => n * 2,
      refuse: () => {
        throw new RangeError('not today');
      },
      reject: async () => Promise.reject(new TypeError('later no')),
    },
  });
  expect((await session.run('double(21)')).value).toBe(42);
  const caught = 'try { refuse() } catch (e) { e.name + ": " + e.message }';
  expect((await session.run(caught)).value).toBe('RangeError: not today');
  const rejected = 'try { await reject() } catch (e) { e.name + ": " + e.message }';
  expect((await session.run(rejected)).value).toBe('TypeError: later no');
  const error = await failure(session.run('refuse()'), 'host_function_failed');
  expect(error.details).toMatchObject({ function: 'refuse', type: 'RangeError' });
  // The session goes on.
  expect((await session.run('double(1)')).value).toBe(2);
});

test('a promise under runSync is unsupported and says what to do', async () => {
  await using session = await WasmSandbox.javascript({ host: { later: async () => 1 } });
  const error = await failure(() => session.runSync('later()'), 'unsupported');
  expect(error.message).toMatch(/asynchronous/);
});

test('only listed host functions may be called', async () => {
  await using session = await WasmSandbox.javascript({
    policy: { version: 1, capabilities: { hostFunctions: ['good'] } },
    host: { good: () => 1, bad: () => 2 },
  });
  expect((await session.run('good()')).value).toBe(1);
  const error = await failure(session.run('bad()'), 'access_denied');
  expect(error.details).toMatchObject({ capability: 'host_function', target: 'bad' });
});

test('an exception has type, message and stack, and leaves the session alive', async () => {
  await using session = await WasmSandbox.javascript();
  await session.run('var kept = 1');
  const code =
    'console.log("before");\nfunction boom() { throw new TypeError("bad thing") }\nboom()';
  const error = await failure(session.run(code, { file: 'tenant.js' }), 'guest_exception');
  expect(error.details).toMatchObject({ type: 'TypeError', message: 'bad thing' });
  expect(error.details.stack).toContain('tenant.js:2');
  expect(error.result?.stdout).toBe('before\n');
  expect((await session.run('kept')).value).toBe(1);
  await failure(session.run('1 +'), 'guest_exception');
  expect((await failure(session.run('throw 5'), 'guest_exception')).details.message).toContain('5');
});

test('a session that a limit cut off is closed until reset', async () => {
  await using session = await WasmSandbox.javascript({ limits: { cpuTimeMs: 50 } });
  await session.run('var x = 1');
  const error = await failure(session.run('console.log("start"); for (;;);'), 'cpu_timeout');
  expect(error.details.stateLost).toBe(true);
  expect(error.result?.stdout).toBe('start\n');
  await failure(session.run('x'), 'closed');
  await session.reset();
  expect((await session.run('typeof x')).value).toBe('undefined');
});

test('out of memory is memory_limit', async () => {
  await using session = await WasmSandbox.javascript({ limits: { memoryBytes: 24 << 20 } });
  const code = 'const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))';
  const error = await failure(session.run(code), 'memory_limit');
  expect(error.details.field).toBe('memoryBytes');
});

test('a flood is cut, and the host hears of it', async () => {
  await using session = await WasmSandbox.javascript({ limits: { outputBytes: 1000 } });
  const code = 'for (let i = 0; i < 1e4; i++) console.log("flood")';
  const result = await session.run(code);
  expect(result.truncated).toBe(true);
  expect(result.stdoutBytes.length).toBeLessThanOrEqual(1000);
  expect(result.usage.outputBytes).toBe(60_000);
  await session.reset();
  await using strict = await WasmSandbox.javascript({
    limits: { outputBytes: 1000, onOutputLimit: 'fail' },
  });
  await failure(strict.run(code), 'output_limit');
});

test('output streams while the guest runs', async () => {
  const chunks: string[] = [];
  const seen: number[] = [];
  await using session = await WasmSandbox.javascript({
    host: { pause: () => sleep(20).then(() => void seen.push(chunks.length)) },
    onStdout: (chunk) => chunks.push(Buffer.from(chunk).toString()),
  });
  const result = await session.run('console.log("one"); await pause(); console.log("two")');
  expect(chunks.join('')).toBe('one\ntwo\n');
  expect(seen[0]).toBeGreaterThan(0);
  expect(result.stdout).toBe('one\ntwo\n');
});

test('the collector gives pages back', async () => {
  await using session = await WasmSandbox.javascript();
  await session.run('var big = Array.from({ length: 50 }, () => new Uint8Array(100_000).fill(1))');
  const before = await session.memoryUsage();
  await session.run('big = null');
  expect(await session.collectGarbage()).toBeGreaterThanOrEqual(0);
  expect(await session.memoryUsage()).toBeLessThanOrEqual(before);
});
