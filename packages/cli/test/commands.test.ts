// The other commands: inspect, policy, doctor, help and version.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from './command.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasm-sandbox-cli-'));
  const add = 'AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=';
  await writeFile(join(folder, 'add.wasm'), Buffer.from(add, 'base64'));
  await writeFile(join(folder, 'text.wasm'), '(module)');
});
afterAll(() => rm(folder, { recursive: true }));

test('inspect, for people and as JSON', async () => {
  const good = await command(['inspect', join(folder, 'add.wasm')]);
  expect(good.status).toBe(0);
  expect(good.stdout).toContain('add');
  expect(good.stdout).toContain('loads under strict');
  const json = await command(['inspect', '--json', join(folder, 'add.wasm')]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    allowed: true,
    exports: [{ name: 'add', kind: 'function' }],
  });
  const bad = await command(['inspect', join(folder, 'text.wasm')]);
  expect(bad.status).toBe(1);
  expect(bad.stdout).toContain('invalid_module');
  expect((await command(['inspect', join(folder, 'absent.wasm')])).status).toBe(2);
});

test('policy show prints a document that --policy takes', async () => {
  const { status, stdout } = await command(['policy', 'show']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, preset: 'strict' });
  const path = join(folder, 'mine.json');
  await writeFile(path, stdout);
  expect((await command(['policy', 'show', path])).stdout).toBe(stdout);
  expect((await command(['run', '-c', '1', '--policy', path])).stdout).toBe('1\n');
  const permissive = await command(['policy', 'show', 'permissive']);
  expect(JSON.parse(permissive.stdout).limits.memoryBytes).toBe(512 << 20);
});

test('doctor', async () => {
  const { status, stdout } = await command(['doctor']);
  expect(status).toBe(0);
  expect(stdout).toContain('javascript');
  const json = JSON.parse((await command(['doctor', '--json'])).stdout);
  expect(json.packs).toContainEqual(
    expect.objectContaining({ language: 'javascript', available: true }),
  );
});

test('help teaches, version tells', async () => {
  const version = await command(['--version']);
  expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  const help = await command(['--help']);
  expect(help.status).toBe(0);
  expect(help.stdout).toContain('Examples:');
  const run = await command(['run', '--help']);
  for (const word of ['--timeout', '--input', 'Exit status:', '124', '137', 'Examples:']) {
    expect(run.stdout).toContain(word);
  }
  expect((await command(['help', 'run'])).stdout).toBe(run.stdout);
});
