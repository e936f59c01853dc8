// The programs under examples/typescript do what their comments say.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../../examples/typescript/', import.meta.url));

/** What each of them has to print. */
const expected: Record<string, (string | RegExp)[]> = {
  'quickstart.mjs': ['total: 50', 'added 3 prices', 'cpu_timeout'],
  'policy.mjs': [
    'lookup(7).name -> Ada',
    'erase() -> Access denied',
    'audit: lookup allowed, erase denied',
    'granted: 32 MiB',
    /invalid_policy at .*memoryBites|invalid_policy at \$\.limits/,
  ],
  'host-functions.mjs': ["[ 'Ada, 1815', 'Grace, 1906' ]", 'RangeError: no user 3'],
  'streaming-and-cancel.mjs': ['step 3', 'cancelled: three steps', 'cancelled: TimeoutError'],
  'plugin.mjs': ['seen: 2', 'careless failed: Guest exception', 'greedy after reset: undefined'],
  'sessions.mjs': ["{ name: 'Ada', total: 42 }", 'branch: 43', 'restored: 42', 'KeyError'],
  'demo.mjs': [
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

test('every example is here', () => {
  const programs = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  expect(programs.sort()).toEqual(Object.keys(expected).sort());
});

test.each(Object.keys(expected))('%s', async (name) => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [folder + name]);
  expect(stderr).toBe('');
  for (const words of expected[name] ?? []) expect(stdout).toMatch(words);
});
