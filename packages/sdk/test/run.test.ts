// The one-liner and its record form.
import { expect, test } from 'vitest';
import { execute, run, runSync, verify, WasmSandbox } from '../src/index.js';
import { failure } from './expect.js';
import { calculator, loop } from './guests.js';

test('a snippet with inputs', async () => {
  const result = await run({ javascript: 'console.log("sum"); a + b', inputs: { a: 1, b: 2 } });
  expect(result.value).toBe(3);
  expect(result.stdout).toBe('sum\n');
  expect(result.stderr).toBe('');
  expect(result.usage.wallTimeMs).toBeGreaterThan(0);
});

test('Python with inputs and files', async () => {
  const python = 'import lib\nprint(name)\n{"n": lib.double(n), "big": 2**70, "b": b"x"}';
  const files = { '/lib.py': 'def double(n):\n  return n * 2\n' };
  const result = await run({ python, inputs: { name: 'ada', n: 21 }, files });
  expect(result.value).toEqual({ n: 42, big: 2n ** 70n, b: new Uint8Array([120]) });
  expect(result.stdout).toBe('ada\n');
  expect((await run({ python: 'import sys; sys.exit()' })).exitCode).toBe(0);
  const ended = await failure(run({ python: 'import sys; sys.exit(3)' }), 'guest_exit');
  expect(ended.details.exitCode).toBe(3);
});

test('TypeScript runs without its types, with the files of the tree', async () => {
  const typescript = "import { x } from './lib.ts'; const n: number = x; n + 1";
  const files = { '/lib.ts': 'export const x = 41 as number' };
  expect((await run({ typescript, files })).value).toBe(42);
});

test('a function of a module, and a function that code defines', async () => {
  expect((await run({ wasm: calculator, call: 'add', args: [5, 3] })).value).toBe(8);
  const javascript = 'function add(a, b) { return a + b }';
  expect((await run({ javascript, call: 'add', args: [5, 3] })).value).toBe(8);
});

test('runs know nothing of each other', async () => {
  await run({ javascript: 'globalThis.leak = 1; Array.prototype.leak = 1' });
  const { value } = await run({ javascript: '[typeof leak, typeof [].leak]' });
  expect(value).toEqual(['undefined', 'undefined']);
});

test('host functions, streams and policy in one call', async () => {
  const chunks: string[] = [];
  const { value } = await run({
    javascript: 'console.log("hi"); await lookup("x")',
    host: { lookup: async (key: string) => `${key}!` },
    onStdout: (chunk) => chunks.push(Buffer.from(chunk).toString()),
    policy: 'moderate',
    limits: { hostCalls: 1 },
  });
  expect(value).toBe('x!');
  expect(chunks.join('')).toBe('hi\n');
});

test('exactly one source, of a kind that exists', async () => {
  await failure(run({}), 'invalid_argument');
  await failure(run({ javascript: '1', wasm: calculator }), 'invalid_argument');
  await failure(run({ javascript: 5 as never }), 'invalid_argument');
  await failure(run({ javascript: '1', polcy: 'strict' } as never), 'invalid_argument');
  await failure(run({ python: 5 as never }), 'invalid_argument');
  await failure(run({ typescript: 5 as never }), 'invalid_argument');
  await failure(run({ wasm: calculator, inputs: { a: 1 }, call: 'add' }), 'invalid_argument');
  await failure(run({ wasm: calculator }), 'invalid_argument');
});

test('options of the opening and of the run, whichever way they go', async () => {
  const log: unknown[] = [];
  const given = {
    python: 'import os; x + len(os.environ["A"])',
    env: { A: 'four' },
    inputs: { x: 1 },
    instanceId: 'one',
    config: undefined,
  };
  for (const more of [{}, { host: { log: (text: string) => log.push(text) } }]) {
    for (const once of [run, runSync]) {
      expect((await once({ ...given, ...more })).value).toBe(5);
      for (const [name, bad] of [
        ['polcy', 'strict'],
        ['timeoutMs', -1],
        ['env', { A: 1 }],
      ] as const) {
        const error = await failure(
          async () => once({ ...given, ...more, [name]: bad } as never),
          'invalid_argument',
        );
        expect(error.details.path).toMatch(new RegExp(`^\\$\\.${name}`));
      }
    }
  }
  const { signal } = new AbortController();
  expect(() => runSync({ ...given, signal } as never)).toThrow('run has no option "signal"');
});

test('options that are none are refused wherever they are taken', async () => {
  await using session = await WasmSandbox.javascript();
  for (const none of [null, 5, 'strict', ['strict']] as never[]) {
    const takers = [
      () => run(none),
      () => runSync(none),
      () => WasmSandbox.python(none),
      () => WasmSandbox.fromFile('any.wasm', none),
      () => WasmSandbox.fromUrl('https://example.com/any.wasm', none),
      () => WasmSandbox.restore(new Uint8Array(8), none),
      () => verify('any.wasm', none),
      // Nothing at all is as good as no options here.
      ...(none === null ? [] : [() => session.run('1', none), () => session.runSync('1', none)]),
    ];
    for (const taker of takers) {
      const error = await failure(async () => taker(), 'invalid_argument');
      expect(error.message).toMatch(/an object$/);
    }
  }
});

test('a failed run has its output on the error', async () => {
  const javascript = 'console.log("so far"); throw new Error("broke")';
  const error = await failure(run({ javascript }), 'guest_exception');
  expect(error.result?.stdout).toBe('so far\n');
  expect(error.result?.usage.outputBytes).toBe(7);
  expect(error.message).toMatch(/^Guest exception: Error: broke/);
});

test('execute tells failures in a record', async () => {
  const good = await execute({ javascript: 'console.log("out"); 42' });
  expect(good).toMatchObject({ success: true, value: 42, output: 'out\n', error: null });
  const bad = await execute({ javascript: 'console.log("out"); null.x' });
  expect(bad).toMatchObject({ success: false, value: null, output: 'out\n' });
  expect(bad.error?.code).toBe('guest_exception');
  expect(bad.usage.cpuTimeUs).toBeGreaterThan(0);
  const slow = await execute({ wasm: loop, call: 'spin', limits: { cpuTimeMs: 20 } });
  expect(slow.error?.code).toBe('cpu_timeout');
  expect(slow.usage.cpuTimeMs).toBeGreaterThanOrEqual(20);
  const cut = await execute({ wasm: calculator, call: 'add', signal: AbortSignal.abort() });
  expect(cut.error?.code).toBe('cancelled');
  const never = await execute({ javascript: '1', signal: AbortSignal.abort() });
  expect(never.error?.code).toBe('cancelled');
  expect(never.usage.wallTimeUs).toBe(0);
  await failure(execute({}), 'invalid_argument');
  const real = globalThis.fetch;
  globalThis.fetch = async () => new Response(new Uint8Array(100));
  const fetched = execute({ wasm: 'https://example.com/a.wasm', limits: { moduleBytes: 99 } });
  await failure(fetched, 'module_limit').finally(() => {
    globalThis.fetch = real;
  });
  await failure(execute({ wasm: calculator, call: 'absent' }), 'not_found');
});
