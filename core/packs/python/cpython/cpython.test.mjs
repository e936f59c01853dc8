// Owns the quick part of CPython's own tests, by the runner that also runs the whole; see run.mjs.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bytes } from '../test/host.mjs';
import { judge } from './expected.mjs';
import { runModule } from './module.mjs';
import { quick } from './modules.mjs';
import { surpriseLines } from './report.mjs';
import { findTests } from './source.mjs';

let folder;
let tests;

before(async () => {
  // The module that this process found or built is the one that its children run.
  folder = mkdtempSync(join(tmpdir(), 'python-pack-module-'));
  process.env.PYTHON_WASM = join(folder, 'python.wasm');
  writeFileSync(process.env.PYTHON_WASM, bytes);
  tests = await findTests();
});

after(() => rmSync(folder, { recursive: true, force: true }));

for (const name of quick)
  test(`CPython's ${name}`, async () => {
    const row = judge(await runModule(name, { tests }));
    assert.deepEqual(surpriseLines(row, true), []);
    assert.ok(row.counts.passed > 0);
  });

test('a test that cannot be loaded is an error, not silence', async () => {
  const row = judge(await runModule('test_that_is_not_there', { tests }));
  assert.equal(row.counts.errors, 1);
  assert.match(row.surprises[0].detail, /No module named 'test.test_that_is_not_there'/);
});
