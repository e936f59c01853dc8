// Owns the process in which one test module runs: one sandbox, and a line of JSON on stdout for every
// event. Written at once, so that the parent knows which test was running when the sandbox ended.
import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { library, TestSandbox } from './sandbox.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { name, allowed, tests, done, only } = JSON.parse(process.argv[2]);
const tell = (event) => writeSync(1, `${JSON.stringify(event)}\n`);
const stack = 640 << 10;

const root = mkdtempSync(join(tmpdir(), 'python-pack-test-'));
try {
  const host = {
    tell: (kind, index, id, outcome, detail) => {
      tell({ kind, index: Number(index), id, outcome, detail });
      return null;
    },
  };
  const sandbox = new TestSandbox({ root, tests, host });
  const entries = { path: [library], stack };
  sandbox.value(readFileSync(join(here, 'guest.py'), 'utf8'), { ...entries, file: 'guest.py' });
  const inputs = { name, allowed, done, only };
  const ended = sandbox.run('run_module(name, allowed, done, only, tell)', { ...entries, inputs });
  tell({ kind: 'end', status: ended.status, value: ended.value ?? null, stderr: ended.stderr });
} catch (error) {
  tell({ kind: 'trap', message: `${error.name}: ${error.message}` });
} finally {
  rmSync(root, { recursive: true, force: true });
}
