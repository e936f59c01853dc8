// What only shows in a process of its own: it ends by itself, works in worker threads, and survives
// their end. Uses the built package, as its users do.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const start = promisify(execFile);
const cwd = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program; `guest` is a module with an endless loop, `sdk` the package. */
async function program(code: string) {
  const head = `
    import * as sdk from 'wasm-sandbox';
    const { WasmSandbox, run } = sdk;
    const spin = Uint8Array.from(atob('AGFzbQEAAAABBAFgAAADAgEABwgBBHNwaW4AAAoJAQcAA0AMAAsL'), (c) => c.charCodeAt(0));
  `;
  const args = ['--input-type=module', '--eval', head + code];
  return start(process.execPath, args, { cwd, timeout: 20_000 });
}

test('an open sandbox does not keep the process alive', async () => {
  const { stdout } = await program(`
    const sandbox = await WasmSandbox.fromBytes(spin);
    const session = await WasmSandbox.javascript({
      host: { now: async () => 1 }, onStdout: () => {}, onStderr: () => {}, onAudit: () => {},
    });
    console.log((await session.run('await now()')).value);
  `);
  expect(stdout).toBe('1\n');
});

test('a pending call does keep it alive', async () => {
  const { stdout } = await program(`
    const sandbox = await WasmSandbox.fromBytes(spin, { limits: { wallTimeMs: 300 } });
    sandbox.call('spin').catch((error) => console.log(error.code));
  `);
  expect(stdout).toBe('wall_timeout\n');
});

test('process.exit while a guest runs', async () => {
  const { stdout } = await program(`
    const sandbox = await WasmSandbox.fromBytes(spin);
    sandbox.call('spin').catch(() => {});
    setTimeout(() => { console.log('bye'); process.exit(0) }, 50);
  `);
  expect(stdout).toBe('bye\n');
});

test('works in worker threads, alongside the main one', async () => {
  const { stdout } = await program(`
    import { Worker } from 'node:worker_threads';
    const code = \`
      import('wasm-sandbox').then(async ({ run }) => {
        const { value } = await run({ javascript: 'await twice(21)', host: { twice: async (n) => n * 2 } });
        const { parentPort } = await import('node:worker_threads');
        parentPort.postMessage(value);
      });
    \`;
    const workers = Array.from({ length: 4 }, () => new Promise((done, fail) => {
      const worker = new Worker(code, { eval: true });
      worker.on('message', done).on('error', fail);
    }));
    const main = run({ javascript: '1 + 1' });
    console.log(JSON.stringify([(await main).value, ...(await Promise.all(workers))]));
  `);
  expect(stdout).toBe('[2,42,42,42,42]\n');
});

test('survives a worker that ends in the middle of everything', async () => {
  const { stdout } = await program(`
    import { Worker } from 'node:worker_threads';
    const code = \`
      import('wasm-sandbox').then(async ({ WasmSandbox, run }) => {
        const spin = Uint8Array.from(atob('AGFzbQEAAAABBAFgAAADAgEABwgBBHNwaW4AAAoJAQcAA0AMAAsL'), (c) => c.charCodeAt(0));
        const sandbox = await WasmSandbox.fromBytes(spin);
        sandbox.call('spin').catch(() => {});
        run({ javascript: 'await never()', host: { never: () => new Promise(() => {}) } }).catch(() => {});
        run({ javascript: 'for (;;) tick()', host: { tick: () => 1 }, limits: { hostCalls: 1e9 } }).catch(() => {});
        const { parentPort } = await import('node:worker_threads');
        parentPort.postMessage('up');
      });
    \`;
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(code, { eval: true });
      await new Promise((done) => worker.on('message', done));
      await new Promise((done) => setTimeout(done, 30));
      await worker.terminate();
    }
    console.log((await run({ javascript: '6 * 7' })).value);
  `);
  expect(stdout).toBe('42\n');
});

test('what an output listener throws is the process’s affair', async () => {
  const { stdout } = await program(`
    process.on('uncaughtException', (error) => console.log('caught', error.message));
    const { value } = await run({ javascript: 'console.log("x"); 5', onStdout: () => { throw new Error('mine') } });
    await new Promise((done) => setTimeout(done, 10));
    console.log(value);
  `);
  expect(stdout).toContain('caught mine');
  expect(stdout).toContain('5\n');
});

test('configure comes first or not at all', async () => {
  const { stdout } = await program(`
    sdk.configure({ maxConcurrency: 1, queueTimeoutMs: 50 });
    const open = () => WasmSandbox.fromBytes(spin, { limits: { wallTimeMs: 500 } });
    const [a, b] = await Promise.all([open(), open()]);
    const codes = await Promise.all([a, b].map((one) => one.call('spin').catch((error) => error.code)));
    console.log(codes.sort().join());
    try { sdk.configure({ maxConcurrency: 2 }) } catch (error) { console.log(error.code) }
  `);
  expect(stdout).toBe('busy,wall_timeout\ninvalid_argument\n');
});

test('doctor has something to say', async () => {
  const { stdout } = await program(`console.log(JSON.stringify(await sdk.doctor()))`);
  const report = JSON.parse(stdout);
  expect(report.packs).toContainEqual(
    expect.objectContaining({ language: 'javascript', available: true }),
  );
});
