// The programs under examples/typescript do what they say. Those that are there in every language print, word for
// word, what lies in examples/expected; each language's tests compare with the same files.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../../examples/typescript/', import.meta.url));
const expected = fileURLToPath(new URL('../../../examples/expected/', import.meta.url));
const common = readdirSync(expected).map((name) => basename(name, '.txt'));

/** What those print that are TypeScript's own, with figures that differ from run to run. */
const own: Record<string, (string | RegExp)[]> = {
  plugin: ['seen: 2', 'careless failed: Guest exception', 'greedy after reset: undefined'],
  demo: [
    'CPython 3.13',
    'session: 70, branch: 1, later: 99',
    '[ 5, 13 ]',
    '{ id: 1, gross: 94 }',
    'rate for CHF is 0.94',
    'words',
    'in force',
    'cpu_timeout',
    'memory_limit',
    'output_limit',
    'unharmed',
  ],
};

async function printed(name: string): Promise<string> {
  const file = `${folder}${name}.mjs`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]);
  expect(stderr).toBe('');
  return stdout;
}

test('every example is here', () => {
  expect(common).toEqual(['policy', 'quickstart', 'sessions', 'streaming-and-cancel']);
  const programs = readdirSync(folder).map((name) => basename(name, '.mjs'));
  expect(programs.sort()).toEqual([...common, ...Object.keys(own)].sort());
});

test.each(common)('%s', async (name) => {
  expect(await printed(name)).toBe(readFileSync(`${expected}${name}.txt`, 'utf8'));
});

test.each(Object.keys(own))('%s', async (name) => {
  const stdout = await printed(name);
  for (const words of own[name] ?? []) expect(stdout).toMatch(words);
});
