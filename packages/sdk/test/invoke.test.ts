// Operations by name: what the native part offers whoever has no layer of his own.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromNative } from '../src/errors.js';
import { type Handle, native } from '../src/native.js';

const path = new URL('../../../fixtures/guests/calculator.wasm', import.meta.url).pathname;
const invoke = (target: Handle | null, operation: string, parameters: object) =>
  native().invoke(target, operation, parameters, null, null);

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'none',
    (error: unknown) => (fromNative(error) as { code: string }).code,
  );
}

test('an operation opens a guest, others are done with it', async () => {
  const guest = (await invoke(null, 'WasmSandbox.fromFile', { path })) as Handle;
  expect(await invoke(guest, 'WasmSandbox.call', { name: 'add', args: [19, 23] })).toBe(42);
  const call = { name: 'add', args: [1, 2] };
  expect(native().invokeSync(guest, 'WasmSandbox.call', call, null)).toBe(3);
  expect(guest.callSync('add', [2, 3], undefined)).toBe(5);
  await invoke(guest, 'Guest.dispose', {});
  expect(guest.disposed).toBe(true);
  expect(await codeOf(invoke(guest, 'WasmSandbox.call', call))).toBe('closed');
});

test('host functions, stopping and refusals', async () => {
  const host = { functions: { twice: (_frame: number, _here: boolean, n: number) => n * 2 } };
  const opening = native().invoke(null, 'WasmSandbox.javascript', {}, host, null);
  const session = (await opening) as Handle;
  const run = (await invoke(session, 'Session.run', { code: 'twice(21)' })) as { value: unknown };
  expect(run.value).toBe(42);
  const stop = native().stop(0);
  const endless = native().invoke(session, 'Session.run', { code: 'for (;;);' }, null, stop);
  stop.stop();
  expect(await codeOf(endless)).toBe('cancelled');
  expect(await codeOf(invoke(null, 'WasmSandbox.perl', {}))).toBe('unsupported');
  const bytes = readFileSync(path);
  expect(
    await codeOf(invoke(null, 'WasmSandbox.fromBytes', { bytes, options: { polcy: 1 } })),
  ).toBe('invalid_argument');
  await invoke(session, 'Guest.dispose', {});
});
