// Programs of several files: static and dynamic imports, JSON, values of modules, and what goes wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

const lib = `export const x = 41; export default function add(a, b) { return a + b }
export class K { get name() { return 'K' } } export let n = 0; export const up = () => ++n;`;

test('static imports, and the value of the last expression', () => {
  const s = new Sandbox({
    modules: { '/lib.js': lib, '/sub/a.js': 'export { x } from "../lib.js"' },
  });
  assert.equal(s.value("import { x } from './lib.js'; x + 1"), 42);
  assert.equal(s.value("import add, { K } from './lib.js'; add(new K().name, 1)"), 'K1');
  assert.equal(s.value("import * as all from './sub/a.js'; Object.keys(all).join()"), 'x');
  assert.equal(s.value("import { n, up } from './lib.js'; up(); up(); n"), 2);
  assert.equal(s.value("import './lib.js'; const y = 5;"), null);
  assert.equal(s.value("import { x } from './lib.js'; if (x) { 'yes' } else { 'no' }"), 'yes');
  assert.equal(s.value("import './lib.js'; try { 1 } finally { 2 }"), 1);
  assert.equal(s.value('export const a = 3; a * 2'), 6);
});

test('what a module declares and imports is there in later runs and calls', () => {
  const s = new Sandbox({ modules: { '/lib.js': lib } });
  s.value(
    "import add, { x } from './lib.js'; const y = x + 1; function f(z) { return add(y, z) } export class C {}",
  );
  assert.equal(s.value('f(y + x)'), 125);
  assert.equal(s.call('f', 1).value, 43);
  assert.equal(s.value('typeof C + typeof add'), 'functionfunction');
  assert.equal(s.value('let y = 1; y'), 1);
});

test('top-level await in modules, and promises as values', () => {
  const s = new Sandbox({
    modules: { '/slow.js': 'export const v = await new Promise(r => setTimeout(r, 5, 7))' },
  });
  assert.equal(s.value("import { v } from './slow.js'; await null; v"), 7);
  assert.equal(s.value("import { v } from './slow.js'; Promise.resolve(v + 1)"), 8);
  assert.equal(s.run("import './slow.js'; await new Promise(() => {})").status, 'stalled');
});

test('dynamic imports', () => {
  const s = new Sandbox({
    modules: { '/lib.js': lib, '/bad.js': 'throw new TypeError("at once")' },
  });
  assert.equal(s.value("(await import('./lib.js')).x"), 41);
  assert.equal(s.value("import('./lib.js').then(m => m.default(1, 2))"), 3);
  assert.equal(
    s.value("await import('./bad.js').catch(e => e.name + e.message)"),
    'TypeErrorat once',
  );
  assert.match(
    s.value("await import('./none.js').catch(e => e.message)"),
    /none\.js among \/lib\.js/,
  );
  assert.equal(s.value("(await import('./lib.js')) === (await import('./lib.js'))"), true);
});

test('JSON', () => {
  const s = new Sandbox({
    modules: { '/d.json': '{"a":[1,2]}', '/broken.json': '{', '/data': '[1]' },
  });
  assert.equal(s.value("import d from './d.json' with { type: 'json' }; d.a[1]"), 2);
  assert.equal(s.value("(await import('./d.json', { with: { type: 'json' } })).default.a[0]"), 1);
  assert.equal(s.value("import d from './data' with { type: 'json' }; d[0]"), 1);
  assert.match(s.run("import d from './d.json'; d").value.message, /type: 'json'/);
  assert.equal(
    s.run("import d from './broken.json' with { type: 'json' }; d").value.type,
    'SyntaxError',
  );
  assert.equal(s.run("import d from './d.json' with { type: 'css' }; d").value.type, 'TypeError');
  assert.equal(s.run("import d from './d.json' with { lang: 'x' }; d").value.type, 'TypeError');
});

test('import.meta', () => {
  const s = new Sandbox({
    modules: { '/m.js': 'export const url = import.meta.url, keys = Object.keys(import.meta)' },
  });
  assert.equal(s.value("import { url } from './m.js'; url"), 'file:///m.js');
  assert.deepEqual(s.value("import { keys } from './m.js'; keys"), ['url']);
});

test('what goes wrong is an exception, and the session goes on', () => {
  const modules = {
    '/lib.js': lib,
    '/syntax.js': 'let = = 1',
    '/a.js': 'import "./b.js"; export const a = 1',
    '/b.js': 'import "./gone.js"',
  };
  const s = new Sandbox({ modules });
  assert.match(s.run("import { x } from './nope.js'; x").value.message, /nope\.js/);
  assert.equal(s.run("import { nope } from './lib.js'; nope").value.type, 'SyntaxError');
  assert.equal(s.run("import './syntax.js'").value.type, 'SyntaxError');
  assert.equal(s.run("import { x } from './lib.js'; let = = 1").value.type, 'SyntaxError');
  assert.equal(
    s.run("import { x } from './lib.js'; throw new RangeError('mine')").value.type,
    'RangeError',
  );
  for (let i = 0; i < 3; i++) assert.equal(s.run("import { a } from './a.js'; a").status, 'threw');
  assert.equal(s.value("await import('./a.js').catch(() => 'gone')"), 'gone');
  modules['/gone.js'] = '';
  assert.equal(s.value("import { a } from './a.js'; a"), 1);
  assert.equal(s.value("import { x } from './lib.js'; x"), 41);
});

test('modules that import each other, and many of them', () => {
  const modules = {
    '/even.js': "import { odd } from './odd.js'; export const even = n => n === 0 || odd(n - 1)",
    '/odd.js': "import { even } from './even.js'; export const odd = n => n !== 0 && even(n - 1)",
  };
  for (let i = 0; i < 300; i++)
    modules[`/m${i}.js`] =
      i === 299 ? 'export default 0' : `import n from './m${i + 1}.js'; export default n + 1`;
  const s = new Sandbox({ modules });
  assert.equal(s.value("import { even } from './even.js'; even(10)"), true);
  assert.match(JSON.stringify(s.run("import n from './m0.js'; n").value), /299|stack/);
  assert.equal(s.value('1 + 1'), 2);
});

test('scripts that only mention the words stay scripts', () => {
  const s = new Sandbox();
  assert.equal(s.value("var important = 'export'; with ({ a: 1 }) { a }"), 1);
  assert.equal(s.value('important'), 'export');
});
