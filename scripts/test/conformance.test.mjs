// Tests the conformance report: it has to notice a runner that left out, added, failed or doubled a case,
// and one that never ran.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import { aside, compare, readCases, readResults, table, withTable } from '../lib/conformance.mjs';
import { root } from '../lib/paths.mjs';

const files = [
  { feature: 'calls', cases: [{ id: 'calls/a' }, { id: 'calls/b' }] },
  { feature: 'limits', cases: [{ id: 'limits/a' }] },
];
const ids = readCases(files);
const all = (outcome = 'pass') => new Map(ids.map((id) => [id, outcome]));

const folder = join(root, 'fixtures', 'conformance');
const json = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

test('every case has the form that is published, and what has another is refused', () => {
  // A step is told by the key that it has, which strict mode would ask to be declared once more beside it.
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  const fits = ajv.compile(json('case.schema.json'));
  const names = readdirSync(folder).filter((name) => !aside.includes(name));
  assert.ok(names.length > 10);
  for (const name of names) assert.ok(fits(json(name)), `${name}: ${ajv.errorsText(fits.errors)}`);
  const one = { id: 'a/b', why: 'So.', source: { wasm: 'x.wasm' }, do: [{ call: 'f' }] };
  const file = (change) => ({ feature: 'a', cases: [{ ...one, expect: { value: 1 }, ...change }] });
  assert.ok(fits(file({})));
  for (const change of [
    { wy: 'So.' },
    { source: { wasm: 'x.wasm', rust: true } },
    { source: { wasm: 'x.wasm', python: true } },
    { do: [{ call: 'f', argz: [] }] },
    { do: [{ call: 'f', run: '1' }] },
    { do: [{ args: [1] }] },
    { host: { f: { return: 1 } } },
    { host: { f: { throws: { type: 'E' } } } },
    { packages: [{ name: 'p' }] },
    { expect: { values: 1 } },
    { expect: { error: { code: 'x', message: 'y' } } },
    { do: [{ call: 'f', expect: {} }, { call: 'f' }] },
  ]) {
    assert.ok(!fits(file(change)), JSON.stringify(change));
  }
});

test('agreement has no complaint', () => {
  assert.deepEqual(compare(ids, { rust: all(), typescript: all() }), []);
  assert.deepEqual(compare(ids, { rust: all('expected-failure') }), []);
});

test('each kind of disagreement is named', () => {
  const less = all();
  less.delete('calls/b');
  assert.deepEqual(compare(ids, { rust: less }), ['rust did not run calls/b']);
  const more = all().set('calls/z', 'pass');
  assert.match(compare(ids, { rust: more })[0], /ran calls\/z, which is no case/);
  const bad = all().set('calls/a', 'fail');
  assert.deepEqual(compare(ids, { rust: bad }), ['rust failed calls/a']);
  const better = all().set('calls/a', 'unexpected-pass');
  assert.match(compare(ids, { rust: better })[0], /expected failure/);
});

test('cases have one id each, in the file of their feature', () => {
  assert.throws(() => readCases([...files, files[1]]), /two cases/);
  assert.throws(() => readCases([{ feature: 'calls', cases: [{ id: 'limits/x' }] }]), /stands in/);
});

test('results are read strictly', () => {
  assert.equal(readResults('a/b pass\na/c fail\n').get('a/c'), 'fail');
  assert.throws(() => readResults('a/b maybe\n'), /not a result line/);
  assert.throws(() => readResults('a/b pass\na/b pass\n'), /twice/);
});

test('the table counts passes per feature and runner', () => {
  const text = table(ids, { rust: all(), typescript: all().set('calls/a', 'fail') });
  assert.match(text, /\| calls \| 2 of 2 \| 1 of 2 \|/);
  assert.match(text, /\| limits \| 1 of 1 \| 1 of 1 \|/);
});

test('the table has its place in the README, and only that is written', () => {
  const readme = 'a\n<!-- conformance -->\nold\n<!-- /conformance -->\nb\n';
  const text = withTable(readme, '| $& |');
  assert.equal(text, 'a\n<!-- conformance -->\n| $& |\n<!-- /conformance -->\nb\n');
  assert.equal(withTable(text, '| $& |'), text);
  assert.throws(() => withTable('nothing', ''), /no place/);
});

test('without any results the script fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const script = join(root, 'scripts', 'conformance-report.mjs');
  try {
    const env = { ...process.env, WASM_SANDBOX_CONFORMANCE_DIR: folder };
    assert.throws(
      () => execFileSync(process.execPath, [script], { env, stdio: 'pipe' }),
      (error) => error.status === 1 && /rust left no results/.test(error.stdout.toString()),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
