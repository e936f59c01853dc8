// Nothing is left behind: threads, descriptors and memory stay flat over ten thousand rounds.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WasmSandbox } from '../src/index.js';
import { failure } from './expect.js';
import { calculator, loop } from './guests.js';

/** What this process holds, as Linux tells it; elsewhere memory alone. */
function held() {
  globalThis.gc?.();
  const linux = process.platform === 'linux';
  return {
    threads: linux ? readdirSync('/proc/self/task').length : 0,
    descriptors: linux ? readdirSync('/proc/self/fd').length : 0,
    megabytes: linux
      ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
      : process.memoryUsage.rss() / 2 ** 20,
  };
}

/** Does `total` rounds, `atOnce` of them at the same time, after a fifth as many for warming up, and compares. */
async function expectFlat(total: number, atOnce: number, round: (lane: number) => Promise<void>) {
  const lanes = async (count: number) => {
    let left = count;
    const lane = async (_: unknown, i: number) => {
      while (left-- > 0) await round(i);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  };
  await lanes(total / 5);
  const before = held();
  await lanes(total);
  const after = held();
  expect(after.threads).toBeLessThanOrEqual(before.threads + 4);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
  expect(after.megabytes).toBeLessThan(before.megabytes + 40);
}

test('10,000 create, call, dispose', { timeout: 120_000 }, async () => {
  await expectFlat(10_000, 4, async () => {
    const sandbox = await WasmSandbox.fromBytes(calculator);
    expect(await sandbox.call('add', [5, 3])).toBe(8);
    await sandbox.dispose();
  });
});

test('10,000 cancelled calls, half of them running', { timeout: 120_000 }, async () => {
  const sandboxes = await Promise.all(Array.from({ length: 8 }, () => WasmSandbox.fromBytes(loop)));
  await expectFlat(5_000, sandboxes.length, async (lane) => {
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [1, 2].map(() =>
      failure(sandboxes[lane]?.call('spin', [], { signal }), 'cancelled'),
    );
    setImmediate(() => controller.abort());
    await Promise.all(calls);
  });
  await Promise.all(sandboxes.map((sandbox) => sandbox.dispose()));
});

test('2,000 sessions', { timeout: 120_000 }, async () => {
  await expectFlat(2_000, 4, async () => {
    const session = await WasmSandbox.javascript();
    expect((await session.run('1 + 1')).value).toBe(2);
    await session.dispose();
  });
});
