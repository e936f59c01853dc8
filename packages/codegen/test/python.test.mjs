// The Python package's generated modules: from the SDK as it is, and from copies of it with something added.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readApi } from '../src/api.mjs';
import { readModel } from '../src/model.mjs';
import { pythonModules } from '../src/writers/python/modules.mjs';

const sdk = fileURLToPath(new URL('../../sdk/src', import.meta.url));
const schema = fileURLToPath(new URL('../../../core/schema', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codegen-'));
  cpSync(sdk, join(folder, 'src'), { recursive: true });
  cpSync(schema, join(folder, 'schema'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modules = () =>
  pythonModules(readApi(join(folder, 'src')), readModel(join(folder, 'schema')));

function change(file, from, to) {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

test('a new method is there for asyncio and for threads, with its units and its words', () => {
  change(
    'src/sandbox.ts',
    '  /** Names, kinds and types of what the module exports. */',
    `  /** Waits a little. */
  async linger(untilDone: boolean, ms: Milliseconds, options?: CallOptions): Promise<Usage> {}

  /** Names, kinds and types of what the module exports. */`,
  );
  const { 'aio.py': aio, 'sync.py': sync } = modules();
  expect(aio).toContain('async def linger(');
  expect(aio).toContain(
    'until_done: bool,\n        seconds: float,\n        *,\n        timeout: float | None = None,',
  );
  expect(aio).toContain(
    'return Usage._read(await self._invoke("WasmSandbox.linger", given(untilDone=until_done, ms=ms(seconds), options=given(timeoutMs=ms(timeout), output=output))))',
  );
  expect(sync).toMatch(/ {4}def linger\(/);
  expect(sync).toContain('cancel: CancelToken | None = None');
  expect(sync).not.toContain('await ');
});

test('what takes no turn is told at once, also where it is awaited', () => {
  const { 'aio.py': aio } = modules();
  expect(aio).toMatch(
    /async def memory_usage.*\n.*\n +return self\._now\("Guest\.memoryUsage", \{\}\)/,
  );
  expect(aio).toContain('await self._invoke("Guest.reset", {})');
});

test('a new method and a new option of pools are there in both', () => {
  change(
    'src/pool.ts',
    '  /** Tells what it has',
    `  /** Warms some up. */
  async warm(most: number): Promise<number> {}

  /** Tells what it has`,
  );
  change(
    'src/pool.ts',
    '  /** How many there are at most.',
    '  /** How warm. */\n  heatMs?: Milliseconds | undefined;\n  /** How many there are at most.',
  );
  const { 'aio.py': aio, 'sync.py': sync } = modules();
  for (const [text, head] of [
    [aio, 'async def warm(self, most: int) -> int:'],
    [sync, '    def warm(self, most: int) -> int:'],
  ]) {
    expect(text).toContain(head);
    expect(text).toContain('self._invoke("SandboxPool.warm", given(most=most))');
    // One for modules, one for sessions, and what both have in common.
    expect(text.match(/^ {8}heat: float \| None = None,$/gm)).toHaveLength(3);
    expect(text).toContain('heatMs=ms(heat)');
  }
});

test('a new limit is in documents, overrides and the limits that come back', () => {
  const file = join(folder, 'schema', 'policy.schema.json');
  const policy = JSON.parse(readFileSync(file, 'utf8'));
  policy.$defs.Limits.properties.moonPhases = { type: 'integer', description: 'How many.' };
  writeFileSync(file, JSON.stringify(policy));
  const types = modules()['types.py'];
  expect(types.match(/^ {4}moonPhases: int$/gm)).toHaveLength(2);
  expect(types).toContain('    moon_phases: int\n');
  expect(types).toContain('moon_phases=data["moonPhases"]');
});

test('what is of TypeScript alone is left out', () => {
  const text = Object.values(modules()).join('\n');
  for (const word of [
    'call_sync',
    'run_sync',
    'AbortSignal',
    'Symbol',
    'Uint8Array',
    'undefined',
  ]) {
    expect(text).not.toContain(word);
  }
});

test('each family has its class, and a limit on time is a TimeoutError', () => {
  const text = modules()['errors.py'];
  expect(text).toContain('class ResourceLimitExceeded(SandboxError):');
  expect(text).toContain('class ResourceTimeout(ResourceLimitExceeded, TimeoutError):');
  expect(text).toContain('"cpu_timeout": ResourceTimeout,');
});
