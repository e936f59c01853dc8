// Proves that every rule of check-layers can fail, and that each lets the right thing pass.
// Works on small sources in memory; the real tree is the script's own business.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCrates, checkFeatures, checkWords } from '../lib/layers/crates.mjs';
import {
  checkByHand,
  checkGenerated,
  checkHeads,
  checkIndexes,
  checkLengths,
} from '../lib/layers/form.mjs';
import { checkImports } from '../lib/layers/imports.mjs';
import { stripRust } from '../lib/layers/source.mjs';
import { unsafePlaces } from '../lib/layers/table.mjs';
import { checkUnsafe } from '../lib/layers/unsafe.mjs';

const packageOf = (name, ...used) => ({
  name,
  dependencies: used.map((one) => (typeof one === 'string' ? { name: one, kind: null } : one)),
});
const workspace = (...packages) => ({
  packages: [
    ...packages,
    ...['wasm-sandbox-policy', 'wasm-sandbox-core', 'wasm-sandbox-bridge']
      .filter((name) => !packages.some((one) => one.name === name))
      .map((name) => packageOf(name)),
  ],
});
const file = (name, text) => [{ name, text }];

test('policy knows neither wasmtime nor tokio, not even in tests', () => {
  for (const used of ['wasmtime', 'wasmtime-wasi', 'tokio', { name: 'wasmtime', kind: 'dev' }]) {
    const errors = checkCrates(workspace(packageOf('wasm-sandbox-policy', used)));
    assert.equal(errors.length, 1);
    assert.match(errors[0], /must not use/);
  }
  assert.deepEqual(checkCrates(workspace(packageOf('wasm-sandbox-policy', 'serde'))), []);
});

test('policy uses nothing beyond its short list', () => {
  const errors = checkCrates(workspace(packageOf('wasm-sandbox-policy', 'rand')));
  assert.match(errors[0], /may use .* only, and not rand/);
  assert.deepEqual(
    checkCrates(workspace(packageOf('wasm-sandbox-policy', { name: 'rand', kind: 'dev' }))),
    [],
  );
});

test('the core and the bridge know no language', () => {
  for (const crate of ['wasm-sandbox-core', 'wasm-sandbox-bridge']) {
    for (const used of ['napi', 'napi-derive', 'pyo3', 'cbindgen']) {
      assert.equal(checkCrates(workspace(packageOf(crate, used))).length, 1, `${crate} ${used}`);
    }
  }
});

test('dependencies point down only', () => {
  const up = packageOf('wasm-sandbox-core', 'wasm-sandbox-bridge');
  assert.match(checkCrates(workspace(up))[0], /must not use wasm-sandbox-bridge/);
  const past = packageOf('wasm-sandbox-node', 'wasm-sandbox-core');
  assert.match(checkCrates(workspace(past))[0], /must not use wasm-sandbox-core/);
  const down = packageOf('wasm-sandbox-node', 'wasm-sandbox-bridge', 'napi');
  assert.deepEqual(checkCrates(workspace(down)), []);
});

test('a crate without a row is an error', () => {
  assert.match(checkCrates(workspace(packageOf('wasm-sandbox-new')))[0], /without a row/);
});

test('the bridge exports no C function', () => {
  const folders = { 'wasm-sandbox-bridge': 'core/bridge' };
  const bad = file('core/bridge/src/a.rs', 'pub\nextern "C" fn f() {}');
  assert.match(checkWords(folders, bad)[0], /^core\/bridge\/src\/a\.rs:2: /);
  const said = file('core/bridge/src/a.rs', '// no extern "C" here\n/* extern "C" */');
  assert.deepEqual(checkWords(folders, said), []);
  assert.deepEqual(checkWords(folders, file('core/bridges/a.rs', 'extern "C" {}')), []);
});

test('tests change no feature of what ships', () => {
  assert.deepEqual(checkFeatures('a v1|x\n', 'a v1|x\nb v1|y\na v1|x (*)\n'), []);
  assert.match(checkFeatures('a v1|x\n', 'a v1|default,x\n')[0], /^a v1: dev-dependencies/);
  const host = 'a v1|x\na v1|y\n';
  assert.deepEqual(checkFeatures(host, host), []);
  assert.equal(checkFeatures(host, `${host}a v1|x,y\n`).length, 1);
});

const manifests = {
  'packages/sdk': { name: 'wasm-sandbox', dependencies: {} },
  'packages/cli': {
    name: '@wasm-sandbox/cli',
    dependencies: { 'wasm-sandbox': '0.1.0', commander: '1' },
    devDependencies: { tool: '1' },
  },
};
const imports = (name, text) => checkImports(file(name, text), manifests);

test('no package reaches into another, by path or by name', () => {
  for (const target of [
    '../../sdk/src/run.js',
    'wasm-sandbox/dist/run.js',
    '@wasm-sandbox/codegen',
    'file:///somewhere.js',
    '/somewhere.js',
  ]) {
    const forms = [
      `import { a } from '${target}';`,
      `await import('${target}');`,
      `export * from "${target}";`,
    ];
    for (const text of [...forms, `import '${target}';`, `require('${target}')`]) {
      assert.equal(imports('packages/cli/src/a.ts', text).length, 1, text);
    }
  }
  assert.match(
    imports('packages/sdk/src/a.ts', `import x from '@wasm-sandbox/cli'`)[0],
    /must not import/,
  );
});

test('what the table allows passes', () => {
  const good = `import 'node:fs';\nimport { run } from 'wasm-sandbox';\nimport { b } from './b.js';\nimport 'commander';`;
  assert.deepEqual(imports('packages/cli/src/a.ts', good), []);
  assert.deepEqual(
    imports('packages/cli/test/a.test.ts', `import x from '../../../fixtures/a.json'`),
    [],
  );
  assert.deepEqual(imports('packages/cli/src/a.ts', `// import x from '../../sdk/src/run.js'`), []);
});

test('every import is declared, and fixtures are for tests', () => {
  assert.match(imports('packages/cli/src/a.ts', `import 'left-pad'`)[0], /does not declare/);
  assert.match(imports('packages/cli/src/a.ts', `import 'tool'`)[0], /does not declare/);
  assert.deepEqual(imports('packages/cli/test/a.test.ts', `import 'tool'`), []);
  assert.equal(imports('packages/cli/src/a.ts', `import '../../../fixtures/a.json'`).length, 1);
});

test('unsafe stands where a reason allows it', () => {
  const code = file('core/sandbox/src/a.rs', 'fn f() {\n    unsafe { g() }\n}');
  assert.deepEqual(checkUnsafe(code, []), [
    'core/sandbox/src/a.rs:2: `unsafe` is not allowed here',
  ]);
  assert.deepEqual(checkUnsafe(code, [{ place: 'core/sandbox/src/a.rs', why: 'because' }]), []);
  assert.deepEqual(checkUnsafe(code, [{ place: 'core/sandbox/src/', why: 'because' }]), []);
  assert.match(checkUnsafe(code, [{ place: 'core/sandbox/src/', why: '' }])[0], /without a reason/);
  assert.match(checkUnsafe([], [{ place: 'x.rs', why: 'because' }])[0], /nothing uses/);
});

test('a word in a comment or a string is not code', () => {
  const text =
    '// unsafe\n/* unsafe /* unsafe */ unsafe */\nlet a = "unsafe \\" unsafe"; let b = r#"unsafe "unsafe"#;';
  assert.deepEqual(checkUnsafe(file('a.rs', text), []), []);
  const after = `let c = '"'; fn f<'a>(x: &'a str) { unsafe {} } let d = '"';`;
  assert.equal(checkUnsafe(file('a.rs', after), []).length, 1);
  const url = 'let u = "https://example.com"; unsafe {}';
  assert.equal(checkUnsafe(file('a.rs', url), []).length, 1);
  assert.equal(stripRust('a /* b\n */ c').split('\n').length, 2);
});

test('every reason in the table is a sentence', () => {
  for (const { place, why } of unsafePlaces) assert.match(why, /^[A-Z].{20,}\.$/, place);
});

test('a module without a head is an error, a long or short one a warning', () => {
  assert.equal(checkHeads(file('a.rs', 'fn f() {}')).errors.length, 1);
  assert.equal(checkHeads(file('a.rs', '/// not a head\nfn f() {}')).errors.length, 1);
  assert.equal(checkHeads(file('a.ts', 'export {};')).errors.length, 1);
  assert.equal(checkHeads(file('src/a/tests.rs', 'fn f() {}')).warnings.length, 1);
  assert.equal(checkHeads(file('a.rs', '//! one\nfn f() {}')).warnings.length, 1);
  const good = [
    '//! one\n//! two\n',
    '// one\n// two\n',
    '#!/usr/bin/env node\n// one\n// two\n',
    '/**\n * one\n */\n',
  ];
  for (const [i, text] of good.entries()) {
    const { errors, warnings } = checkHeads(file(i === 0 ? 'a.rs' : 'a.mjs', text));
    assert.deepEqual([errors, warnings], [[], []], text);
  }
});

test('index files only declare', () => {
  const errors = (name, text) => checkIndexes(file(name, text)).errors.length;
  assert.equal(errors('src/lib.rs', '//! x\nfn work() {}'), 1);
  assert.equal(checkIndexes(file('src/a/mod.rs', 'struct S;')).warnings.length, 1);
  assert.equal(errors('src/index.ts', 'export const f = () => 1;'), 1);
  assert.equal(errors('src/lib.rs', 'mod a;\npub use a::f;\n#[cfg(test)]\nmod tests;'), 0);
  assert.equal(errors('src/index.ts', `export { f } from './f.js';`), 0);
  assert.equal(errors('src/lib.rs', '#[cfg(test)]\nmod tests;\nfn work() {}'), 1);
  const common = checkIndexes(file('tests/common/mod.rs', 'fn work() {}'));
  assert.deepEqual(common, { errors: [], warnings: [] });
});

test('generated files say so', () => {
  assert.equal(checkGenerated(file('core/schema/a.json', '{}')).length, 1);
  assert.deepEqual(checkGenerated(file('core/schema/a.json', '{\n"$comment": "GENERATED"}')), []);
  assert.deepEqual(checkGenerated(file('core/policy/a.json', '{}')), []);
});

test('long files are pointed out, generated ones are not', () => {
  assert.equal(checkLengths(file('a.rs', 'x\n'.repeat(401))).length, 1);
  assert.equal(checkLengths(file('a.ts', 'x\n'.repeat(251))).length, 1);
  assert.deepEqual(checkLengths(file('a.rs', 'x\n'.repeat(400))), []);
  assert.deepEqual(checkLengths(file('packages/sdk/src/generated/a.ts', 'x\n'.repeat(999))), []);
});

test('what is written by hand of a binding stays within its bound', () => {
  const bounds = [{ what: 'Glue', places: ['bindings/x/src/'], most: 3 }];
  const code = '//! Head.\n\nuse a;\n  // Why.\nuse b;\nuse c;\n';
  const at = (name, text = code) => checkByHand(file(name, text), bounds);
  assert.deepEqual(at('bindings/x/src/lib.rs'), []);
  assert.match(at('bindings/x/src/lib.rs', `${code}use d;\n`)[0], /Glue: 4 lines .* at most 3/);
  for (const name of ['deeper/lib.rs', 'a_test.go', 'a.gen.go', 'a.md']) {
    assert.match(at(`bindings/x/src/${name}`)[0], /nothing is written by hand/);
  }
  assert.match(at('bindings/x/src/x.h', `// GENERATED\n${code}`)[0], /nothing/);
  const python = file(
    'bindings/x/src/a.py',
    '# Head.\nimport a\n\ndef b():\n    """Does it.\n\n    And more.\n    """\n',
  );
  assert.deepEqual(checkByHand(python, [{ ...bounds[0], most: 2 }]), []);
});
