// The pool: lending, putting back, replacing, waiting in line, growing old, the end.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type PoolOptions, SandboxPool, type Session, type WasmSandbox } from '../src/index.js';
import { failure, sleep } from './expect.js';

const source = readFileSync(new URL('../../../fixtures/guests/calculator.wasm', import.meta.url));

test('one is lent, put back to its beginning, and lent again', async () => {
  await using pool = new SandboxPool<Session>({ language: 'javascript', maxSize: 1 });
  const first = await pool.acquire();
  await first.run('globalThis.secret = 1');
  expect(pool.stats).toEqual({ size: 1, idle: 0, lent: 1, waiting: 0, opened: 1 });
  await pool.release(first);
  const second = await pool.acquire();
  expect((await second.run('typeof secret')).value).toBe('undefined');
  expect(pool.stats.opened).toBe(1);
  // Who has given one back has it no more, whoever has it now.
  expect(first.disposed).toBe(true);
  await failure(first.run('1'), 'closed');
  await failure(first.run('1', { signal: new AbortController().signal }), 'closed');
  await failure(first.fork(), 'closed');
  expect(await first.memoryUsage()).toBe(0);
  expect(() => first.runSync('1')).toThrow('given back to its pool');
  await first.dispose();
  await failure(pool.release(first), 'invalid_argument');
  expect((await second.run('1')).value).toBe(1);
  await pool.release(second);
  await failure(pool.release(second), 'invalid_argument');
  expect(await pool.use(async (session) => (await session.run('6 * 7')).value)).toBe(42);
});

test('one that died is put back, one that was disposed of is replaced', async () => {
  await using pool = new SandboxPool<Session>({
    language: 'javascript',
    maxSize: 1,
    limits: { wallTimeMs: 50 },
  });
  await pool.use((session) => failure(session.run('for (;;);'), 'wall_timeout'));
  expect(await pool.use(async (session) => (await session.run('1')).value)).toBe(1);
  await pool.use((session) => session.dispose());
  expect(await pool.use(async (session) => (await session.run('2')).value)).toBe(2);
  expect(pool.stats).toMatchObject({ size: 1, idle: 1 });
});

test('whoever comes first is served first; nobody waits for ever', async () => {
  await using pool = new SandboxPool<WasmSandbox>({ source, maxSize: 1, acquireTimeoutMs: 50 });
  const held = await pool.acquire();
  const error = await failure(pool.acquire(), 'busy');
  expect(error.details).toEqual({ field: 'acquireTimeoutMs', limit: 50 });
  const controller = new AbortController();
  const given = failure(pool.acquire({ signal: controller.signal }), 'cancelled');
  const order: number[] = [];
  const uses = [1, 2, 3].map((n) => pool.use(async () => void order.push(n)));
  controller.abort();
  await given;
  await pool.release(held);
  await Promise.all(uses);
  expect(order).toEqual([1, 2, 3]);
  expect(pool.stats).toEqual({ size: 1, idle: 1, lent: 0, waiting: 0, opened: 1 });
});

test('a place whose sandbox cannot be opened goes to the next in line', async () => {
  await using pool = new SandboxPool({ source: new Uint8Array(8), maxSize: 1 });
  const outcomes = await Promise.allSettled([pool.acquire(), pool.acquire(), pool.acquire()]);
  expect(outcomes.map((one) => one.status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(pool.stats).toMatchObject({ size: 0, waiting: 0 });
});

test('some are opened beforehand, the rest are closed when nobody wants them', async () => {
  await using pool = new SandboxPool<WasmSandbox>({
    source,
    minSize: 1,
    maxSize: 3,
    idleTimeoutMs: 30,
  });
  await pool.initialize();
  expect(pool.stats).toMatchObject({ size: 1, idle: 1 });
  const all = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
  expect(await Promise.all(all.map((one) => one.call('add', [1, 2])))).toEqual([3, 3, 3]);
  await Promise.all(all.map((one) => pool.release(one)));
  expect(pool.stats).toMatchObject({ size: 3, idle: 3 });
  while (pool.stats.size > 1) await sleep(10);
  expect(pool.stats).toMatchObject({ idle: 1, opened: 3 });
});

test('the module of an address is fetched once, and by the next caller where that failed', async () => {
  const asked: string[] = [];
  const fetch = (async (url: URL) => {
    asked.push(String(url));
    await sleep(20);
    return asked.length === 1 ? new Response(null, { status: 503 }) : new Response(source);
  }) as typeof globalThis.fetch;
  const address = 'https://example.com/a.wasm';
  const sha256 = createHash('sha256').update(source).digest('hex');
  const options = { source: address, minSize: 1, maxSize: 3, fetch };
  await using pool = new SandboxPool<WasmSandbox>({ ...options, sha256 });
  await failure(pool.initialize(), 'not_found');
  const controller = new AbortController();
  const given = failure(pool.acquire({ signal: controller.signal }), 'cancelled');
  const all = [1, 2, 3].map(() => pool.use((sandbox) => sandbox.call('add', [1, 2])));
  controller.abort();
  await given;
  expect(asked).toHaveLength(2);
  expect(await Promise.all(all)).toEqual([3, 3, 3]);
  expect(asked).toHaveLength(2);
  await failure(pool.acquire({ signal: AbortSignal.abort() }), 'cancelled');
  await using other = new SandboxPool({ ...options, sha256: sha256.replace(/./g, '0') });
  await failure(other.acquire(), 'invalid_module');
});

test('what is not fetched has no way of being fetched', async () => {
  const made = async (options: PoolOptions) => new SandboxPool(options);
  for (const options of [
    { source, sha256: '00' },
    { language: 'python' as const, sha256: '00' },
  ]) {
    const { details } = await failure(made(options), 'invalid_argument');
    expect(details).toEqual({ path: '$.sha256' });
  }
});

test('what still runs is closed, and a host function cannot give back what waits for it', async () => {
  await using endless = new SandboxPool<Session>({ language: 'javascript', maxSize: 1 });
  const busy = await endless.acquire();
  const running = failure(busy.run('for (;;);'), 'closed');
  await sleep(20);
  await endless.release(busy);
  await running;
  expect(endless.stats).toMatchObject({ size: 0, lent: 0 });
  const back = () => failure(pool.release(lent), 'busy').then((error) => error.code);
  await using pool: SandboxPool<Session> = new SandboxPool<Session>({
    language: 'javascript',
    maxSize: 1,
    host: { back },
  });
  const lent = await pool.acquire();
  expect((await lent.run('await back()')).value).toBe('busy');
  await pool.release(lent);
  expect(pool.stats).toMatchObject({ size: 1, idle: 1 });
});

test('its end closes lent ones and whoever waits', async () => {
  const pool = new SandboxPool<WasmSandbox>({ source, maxSize: 1 });
  const lent = await pool.acquire();
  const waiting = failure(pool.acquire(), 'closed');
  await pool.dispose();
  await waiting;
  expect(lent.disposed).toBe(true);
  await failure(pool.acquire(), 'closed');
  await pool.dispose();
});

test('sizes and sources that make no sense are refused', () => {
  for (const options of [{}, { source, language: 'python' as const }]) {
    expect(() => new SandboxPool(options)).toThrow('exactly one of source and language');
  }
  for (const sizes of [{ maxSize: 0 }, { minSize: 3, maxSize: 2 }, { maxSize: 1.5 }]) {
    expect(() => new SandboxPool({ source, ...sizes })).toThrow('$.maxSize');
  }
  expect(() => new SandboxPool({ source, colour: 1 } as never)).toThrow('no option "colour"');
});
