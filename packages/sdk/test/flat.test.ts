// Nothing is left behind: threads, descriptors and memory stay flat over ten thousand rounds.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WasmSandbox } from '../src/index.js';
import { failure } from './expect.js';
import { calculator, loop } from './guests.js';

const rounds = 10_000;

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

/** Runs `round` often enough to warm everything up, then `rounds` times, and compares. */
async function expectFlat(round: () => Promise<void>) {
  for (let i = 0; i < rounds / 5; i++) await round();
  const before = held();
  for (let i = 0; i < rounds; i++) await round();
  const after = held();
  expect(after.threads).toBeLessThanOrEqual(before.threads + 4);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
  expect(after.megabytes).toBeLessThan(before.megabytes + 40);
}

test('10,000 create, call, dispose', { timeout: 60_000 }, async () => {
  await expectFlat(async () => {
    const sandbox = await WasmSandbox.fromBytes(calculator);
    expect(await sandbox.call('add', [5, 3])).toBe(8);
    await sandbox.dispose();
  });
});

test('10,000 cancelled calls', { timeout: 60_000 }, async () => {
  await using sandbox = await WasmSandbox.fromBytes(loop);
  await expectFlat(async () => {
    const controller = new AbortController();
    const call = sandbox.call('spin', [], { signal: controller.signal });
    setImmediate(() => controller.abort());
    await failure(call, 'cancelled');
  });
});

test('2,000 sessions', { timeout: 60_000 }, async () => {
  let left = rounds / 5;
  const before = held();
  const one = async () => {
    while (left-- > 0) {
      const session = await WasmSandbox.javascript();
      expect((await session.run('1 + 1')).value).toBe(2);
      await session.dispose();
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  expect(held().megabytes).toBeLessThan(before.megabytes + 60);
});
