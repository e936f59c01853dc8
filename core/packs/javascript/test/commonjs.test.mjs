// CommonJS modules: require and what it finds, cycles, imports of them by ES modules, and what goes wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

const of = (modules) => new Sandbox({ modules });

test('default and named exports', () => {
  const s = of({
    '/lib.cjs': 'exports.a = 1; exports.b = () => 2;',
    '/fn.js': 'module.exports = function f(n) { return n + 1 }; module.exports.more = 7;',
    '/late.cjs': "const names = ['x', 'y']; for (const n of names) exports[n] = n.toUpperCase();",
    '/plain.cjs': 'module.exports = 42',
    '/list.cjs': 'module.exports = [1, 2]',
    '/getter.cjs':
      "Object.defineProperty(exports, 'g', { enumerable: true, get() { throw Error('no') } }); exports.ok = 1",
    '/babel.cjs': 'exports.__esModule = true; exports.default = 5; exports.named = 6;',
  });
  assert.deepEqual(s.value("import lib, { a, b } from './lib.cjs'; [a, b(), Object.keys(lib)]"), [
    1,
    2,
    ['a', 'b'],
  ]);
  assert.deepEqual(s.value("import f, { more } from './fn.js'; [f(1), more]"), [2, 7]);
  assert.deepEqual(s.value("import { x, y } from './late.cjs'; [x, y]"), ['X', 'Y']);
  assert.equal(s.value("import n from './plain.cjs'; n"), 42);
  assert.deepEqual(s.value("import * as all from './list.cjs'; [Object.keys(all), all.default]"), [
    ['default'],
    [1, 2],
  ]);
  assert.deepEqual(s.value("import { g, ok } from './getter.cjs'; [g, ok]"), [null, 1]);
  assert.deepEqual(s.value("import d, { named } from './babel.cjs'; [d.default, named]"), [5, 6]);
  assert.equal(s.run("import { nope } from './lib.cjs'; nope").value.type, 'SyntaxError');
  assert.deepEqual(s.value("Object.keys(await import('./lib.cjs'))"), ['a', 'b', 'default']);
});

test('what a module is given', () => {
  const s = of({
    '/m.cjs': `exports.seen = [this === module.exports, exports === module.exports, __filename, __dirname, module.id,
      module.filename, module.loaded, require.main === module, typeof require.resolve, require.resolve('/m.cjs'),
      arguments.length, global === globalThis, process.env.HOME, (function () { return this === globalThis })()];
      exports.self = module;`,
  });
  assert.deepEqual(
    s.value("import { seen, self } from './m.cjs'; [...seen, self.loaded]", {
      env: { HOME: '/root' },
    }),
    [
      true,
      true,
      '/m.cjs',
      '/',
      '/m.cjs',
      '/m.cjs',
      false,
      false,
      'function',
      '/m.cjs',
      7,
      true,
      '/root',
      true,
      true,
    ],
  );
  assert.equal(
    s.value('typeof require + typeof module + typeof process + typeof global'),
    'undefined'.repeat(4),
  );
  assert.equal(
    s.value('export const n = 1; typeof require + typeof __dirname'),
    'undefined'.repeat(2),
  );
});

test('require: files, JSON, built-in modules, the same instance for all', () => {
  const s = of({
    '/a.js':
      "const b = require('./b.js'); b.count++; exports.count = () => b.count; exports.data = require('./d.json')",
    '/b.js': 'exports.count = 0',
    '/d.json': '\ufeff{"x": [1]}',
    '/builtin.js':
      "exports.join = require('path').join('a', '..', 'b'); exports.same = require('fs') === require('node:fs')",
    '/again.js':
      "require('./d.json').x.push(2); exports.cached = Object.keys(require.cache).join()",
  });
  assert.deepEqual(
    s.value("import a from './a.js'; import b from './b.js'; b.count++; [a.count(), a.data.x[0]]"),
    [2, 1],
  );
  assert.deepEqual(s.value("import { join, same } from './builtin.js'; [join, same]"), ['b', true]);
  assert.equal(
    s.value("import m from './again.js'; m.cached"),
    '/a.js,/b.js,/d.json,/builtin.js,/again.js',
  );
  assert.deepEqual(s.value("import a from './a.js'; a.data.x"), [1, 2]);
  assert.equal(
    s.value("(await import('node:fs')).default === (await import('./builtin.js')).default.same"),
    false,
  );
});

test('cycles see what is there so far', () => {
  const s = of({
    '/a.js': "exports.early = 1; exports.fromB = require('./b.js').seen; exports.late = 2",
    '/b.js':
      "const a = require('./a.js'); exports.seen = [a.early, a.late === undefined]; exports.then = () => a.late",
    '/self.js': "exports.one = 1; exports.same = require('./self.js') === exports",
  });
  assert.deepEqual(
    s.value("import { fromB } from './a.js'; import { then } from './b.js'; [fromB, then()]"),
    [[1, true], 2],
  );
  assert.equal(s.value("import { same } from './self.js'; same"), true);
});

test('what a file without a telling name is, its text says', () => {
  const s = of({
    '/sloppy.js':
      'var x = 010; exports.x = x; exports.plain = (function () { return typeof this })()',
    '/esm.js': 'export const strict = (function () { return this === undefined })()',
    '/waits.js': 'globalThis.waited = await Promise.resolve(3)',
    '/meta.js': 'globalThis.url = import.meta.url',
    '/shell.js': '#!/usr/bin/env node\nexports.ok = true',
    '/shell.mjs': '#!/usr/bin/env node\nexport const ok = true',
    '/words.js': "// import and export\nexports.text = 'export await'",
    '/dynamic.js': "exports.load = () => import('./esm.js')",
  });
  assert.deepEqual(s.value("import { x, plain } from './sloppy.js'; [x, plain]"), [8, 'object']);
  assert.equal(s.value("import { strict } from './esm.js'; strict"), true);
  assert.equal(s.value("import './waits.js'; waited"), 3);
  assert.equal(s.value("import './meta.js'; url"), 'file:///meta.js');
  assert.equal(s.value("import { ok } from './shell.js'; ok"), true);
  assert.equal(s.value("import { ok as fine } from './shell.mjs'; fine"), true);
  assert.equal(s.value("import { text } from './words.js'; text"), 'export await');
  assert.equal(s.value("import { load } from './dynamic.js'; (await load()).strict"), true);
});

test('errors, and where they are', () => {
  const modules = {
    '/throws.cjs': "exports.half = 1;\n\n  throw new TypeError('at once')",
    '/syntax.cjs': '\nlet = = 1',
    '/either.js': 'import x from "./gone.js"; let = = 1',
    '/needs.js': "require('./gone')",
    '/esm.mjs': 'export const n = 1',
    '/mixes.js':
      "exports.code = (() => { try { require('./esm.mjs') } catch (e) { return e.code } })()",
    '/detects.js':
      "exports.n = (() => { try { require('./plain-esm.js') } catch (e) { return e.code } })(); exports.then = import('./plain-esm.js').then(m => m.n)",
    '/plain-esm.js': 'export const n = 4',
    '/optional.js':
      "let x; try { x = require('nothing') } catch (e) { x = e.code } module.exports = x",
    '/odd.js':
      "const codes = []; for (const id of [1, '']) try { require(id) } catch (e) { codes.push(e.name + e.code) } module.exports = codes",
    '/bad.json': '{',
    '/json.js': "require('./bad.json')",
  };
  const s = of(modules);
  const thrown = s.run("import './throws.cjs'").value;
  assert.equal(thrown.type, 'TypeError');
  assert.match(thrown.stack, /\/throws\.cjs:3:\d+/);
  const syntax = s.run("import './syntax.cjs'").value;
  assert.equal(syntax.type, 'SyntaxError');
  assert.match(syntax.stack, /\/syntax\.cjs:2:\d+/);
  assert.equal(s.run("import './either.js'").value.type, 'SyntaxError');
  assert.match(s.run("import './needs.js'").value.message, /gone/);
  assert.equal(s.run("import './needs.js'").value.code, 'MODULE_NOT_FOUND');
  assert.equal(s.run("import './gone.js'").value.code, 'ERR_MODULE_NOT_FOUND');
  assert.equal(s.value("import { code } from './mixes.js'; code"), 'ERR_REQUIRE_ESM');
  assert.deepEqual(s.value("import { n, then } from './detects.js'; [n, await then]"), [
    'ERR_REQUIRE_ESM',
    4,
  ]);
  assert.equal(s.value("import code from './optional.js'; code"), 'MODULE_NOT_FOUND');
  assert.deepEqual(s.value("import codes from './odd.js'; codes"), [
    'TypeErrorERR_INVALID_ARG_TYPE',
    'TypeErrorERR_INVALID_ARG_VALUE',
  ]);
  const json = s.run("import './json.js'").value;
  assert.equal(json.type, 'SyntaxError');
  assert.match(json.stack, /bad\.json/);
  modules['/throws.cjs'] = 'exports.half = 2';
  assert.equal(s.value("import { half } from './throws.cjs'; half"), 2);
});

test('many modules: long chains end in a RangeError, huge cycles and many names are in order', () => {
  const modules = {};
  const names = 20_000;
  for (let i = 0; i < 3000; i++)
    modules[`/deep${i}.js`] = `module.exports = require('./deep${i + 1}.js')`;
  for (let i = 0; i < 2000; i++)
    modules[`/ring${i}.js`] = `exports.next = () => require('./ring${(i + 1) % 2000}.js')`;
  modules['/wide.js'] = `for (let i = 0; i < ${names}; i++) exports['n' + i] = i`;
  const s = of(modules);
  const deep = s.run("import './deep0.js'");
  assert.equal(deep.status, 'threw');
  assert.equal(deep.value.type, 'RangeError');
  assert.equal(
    s.value(
      "import ring from './ring0.js'; let at = ring, n = 0; do { at = at.next(); n++ } while (at !== ring); n",
    ),
    2000,
  );
  const begun = performance.now();
  assert.deepEqual(
    s.value(`import * as all from './wide.js'; [Object.keys(all).length, all.n${names - 1}]`),
    [names + 1, names - 1],
  );
  assert.ok(performance.now() - begun < 5000);
});

test('a program that breaks the parts of the language harms itself only', () => {
  const s = of({ '/a.js': "exports.b = require('./b.js')", '/b.js': 'module.exports = 3' });
  s.value(
    'Reflect.apply = () => 666; Object.create = null; String.prototype.lastIndexOf = () => 0; 1',
  );
  assert.equal(s.value("import { b } from './a.js'; b"), 3);
  s.value("import a from './a.js'; 1");
  const odd = of({
    '/odd.js': 'module.exports = new Proxy({}, { ownKeys() { throw new RangeError("keys") } })',
    '/replaced.js':
      "Object.defineProperty(module, 'exports', { get() { throw new RangeError('exports') } })",
    '/null.js': 'module.exports = null; Object.setPrototypeOf(require, null)',
  });
  assert.equal(odd.run("import './odd.js'").value.type, 'RangeError');
  assert.equal(odd.run("import './replaced.js'").value.type, 'RangeError');
  assert.equal(odd.value("import n from './null.js'; n"), null);
});
