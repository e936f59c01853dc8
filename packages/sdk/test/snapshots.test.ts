// Sessions saved, restored and branched; runs on the caller's thread; the grade `rewind`.
import { expect, test } from 'vitest';
import { run, runSync, type UsageError, WasmSandbox } from '../src/index.js';
import { failure } from './expect.js';
import { calculator } from './guests.js';

test('a session goes on from its snapshot, with the functions and policy of whoever restores it', async () => {
  await using first = await WasmSandbox.javascript({ host: { ask: () => 'first' } });
  await first.run('let n = 41; const list = [1n, "é", new Date(0)]');
  const image = await first.snapshot();
  await first.run('n = 0');
  await using later = await WasmSandbox.restore(image, {
    host: { ask: async () => 'second' },
    limits: { wallTimeMs: 500 },
  });
  expect((await later.run('[n + 1, list, await ask()]')).value).toEqual([
    42,
    [1n, 'é', new Date(0)],
    'second',
  ]);
  await failure(later.run('for (;;);'), 'wall_timeout');
  await failure(later.run('n'), 'closed');
  await using again = await WasmSandbox.restore(image);
  expect((await again.run('n')).value).toBe(41);
});

test('branches are independent, and queue behind what their parent does', async () => {
  await using root = await WasmSandbox.javascript({ host: { add: (a: number) => a + 1 } });
  const running = root.run('let n = 0; for (let i = 0; i < 1e5; i++) n++; n');
  await using left = await root.fork();
  await running;
  await using right = await root.fork();
  await Promise.all([left.run('n = -1'), right.run('n = add(n)')]);
  expect((await root.run('n')).value).toBe(100_000);
  expect((await left.run('n')).value).toBe(-1);
  expect((await right.run('n')).value).toBe(100_001);
});

test('a snapshot opens with its own key only, and unchanged', async () => {
  await using session = await WasmSandbox.javascript();
  const image = await session.snapshot({ snapshotKey: 'ours' });
  await using good = await WasmSandbox.restore(image, {
    snapshotKey: new TextEncoder().encode('ours'),
  });
  expect((await good.run('1')).value).toBe(1);
  const reason = async (bytes: Uint8Array, snapshotKey?: string) => {
    const error = await failure(WasmSandbox.restore(bytes, { snapshotKey }), 'invalid_argument');
    return (error as UsageError).details.reason;
  };
  expect(await reason(image, 'theirs')).toBe('tampered');
  expect(await reason(image)).toBe('tampered');
  expect(
    await reason(
      image.map((byte, i) => (i === 100 ? byte ^ 1 : byte)),
      'ours',
    ),
  ).toBe('tampered');
  expect(await reason(new Uint8Array(3), 'ours')).toBe('notASnapshot');
  await failure(WasmSandbox.restore(image, { snapshotKey: '' }), 'invalid_argument');
});

test('a host function cannot save the session that waits for it', async () => {
  let seen: unknown;
  await using session = await WasmSandbox.javascript({
    host: {
      save: async () => {
        seen = await session.snapshot().catch((error) => error.code);
      },
    },
  });
  await session.run('await save()');
  expect(seen).toBe('busy');
});

test('runSync gives what run gives', async () => {
  const inputs = { a: 40, b: 2n ** 70n };
  const there = await run({ javascript: 'console.log(a); [a, b]', inputs });
  const here = runSync({ javascript: 'console.log(a); [a, b]', inputs });
  expect([here.value, here.stdout]).toEqual([there.value, there.stdout]);
  expect(runSync({ wasm: calculator, call: 'add', args: [1, 2] }).value).toBe(3);
  expect(() => runSync({ javascript: 'throw new RangeError("no")' })).toThrow('RangeError: no');
  expect(() => runSync({ wasm: './x.wasm' })).toThrow('as bytes');
});

test('the grade rewind keeps nothing', async () => {
  const policy = { version: 1, isolation: 'rewind' } as const;
  for (let i = 0; i < 30; i++) {
    const { value } = runSync({
      javascript:
        'const was = globalThis.kept; globalThis.kept = 1; Array.prototype.x = 1; [typeof was, i]',
      inputs: { i },
      policy,
    });
    expect(value).toEqual(['undefined', i]);
  }
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const { value } = await run({ javascript: 'globalThis.n ??= i', inputs: { i }, policy });
      expect(value).toBe(i);
    }),
  );
});
