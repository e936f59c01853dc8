// The modules `fs` and `path`: against a real folder over Node's WASI, and against Node's own modules as the model.
import assert from 'node:assert/strict';
import * as realFs from 'node:fs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { after, test } from 'node:test';
import { Sandbox } from './host.mjs';

const folders = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function withFolder(options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'javascript-files-'));
  folders.push(folder);
  const s = new Sandbox({ folder, ...options });
  s.value("import fs from 'node:fs'; import path from 'node:path';");
  return { s, folder };
}

test('reading and writing', () => {
  const { s, folder } = withFolder();
  assert.equal(
    s.value("fs.writeFileSync('/a.txt', 'ä€\\u{1F600}'); fs.readFileSync('/a.txt', 'utf8')"),
    'ä€\u{1F600}',
  );
  assert.equal(readFileSync(join(folder, 'a.txt'), 'utf8'), 'ä€\u{1F600}');
  assert.deepEqual(
    [...s.value("fs.writeFileSync('b', new Uint8Array([0, 255, 7])); fs.readFileSync('b')")],
    [0, 255, 7],
  );
  assert.deepEqual(
    [
      ...s.value(
        "fs.writeFileSync('b', new Uint16Array([1, 2]).subarray(1)); fs.readFileSync('b')",
      ),
    ],
    [2, 0],
  );
  assert.equal(
    s.value(
      "fs.appendFileSync('/c', 'x'); fs.appendFileSync('/c', 'y'); fs.writeFileSync('/c', 'z', { flag: 'a' }); fs.readFileSync('/c', { encoding: 'UTF-8' })",
    ),
    'xyz',
  );
  assert.equal(s.value("fs.writeFileSync('c', ''); fs.readFileSync('c').length"), 0);
  assert.equal(
    s.value("fs.writeFileSync('big', 'x'.repeat(3e6)); fs.readFileSync('big', 'utf8').length"),
    3e6,
  );
  assert.equal(s.value("fs.readFileSync(new URL('file:///a%2Etxt'), 'utf8').length"), 4);
  assert.equal(s.value("fs.readFileSync('/../../x/../a.txt').length"), 9);
});

test('folders', () => {
  const { s } = withFolder();
  assert.equal(s.value("fs.mkdirSync('/d/e/f', { recursive: true })"), '/d');
  assert.equal(s.value("fs.mkdirSync('/d/e/f', { recursive: true })"), null);
  s.value("fs.writeFileSync('/d/x', '1'); fs.writeFileSync('/d/e/y', '22');");
  assert.deepEqual(s.value("fs.readdirSync('/d')"), ['e', 'x']);
  assert.deepEqual(s.value("fs.readdirSync('/d', { recursive: true })"), ['e', 'x', 'e/f', 'e/y']);
  assert.deepEqual(
    s.value(
      "fs.readdirSync('/d', { recursive: true, withFileTypes: true }).map(e => [e.name, e.parentPath, e.isFile(), e.isDirectory(), e.isSymbolicLink()])",
    ),
    [
      ['e', '/d', false, true, false],
      ['x', '/d', true, false, false],
      ['f', '/d/e', false, true, false],
      ['y', '/d/e', true, false, false],
    ],
  );
  assert.deepEqual(s.value("fs.renameSync('/d/x', '/d/e/z'); fs.readdirSync('/d/e')"), [
    'f',
    'y',
    'z',
  ]);
  assert.equal(s.value("fs.copyFileSync('/d/e/y', '/w'); fs.readFileSync('/w', 'utf8')"), '22');
  assert.equal(s.value("fs.copyFileSync('/w', '/w'); fs.readFileSync('/w', 'utf8')"), '22');
  assert.equal(s.value("fs.rmdirSync('/d/e/f'); fs.existsSync('/d/e/f')"), false);
  assert.equal(s.value("fs.rmSync('/d', { recursive: true }); fs.existsSync('/d')"), false);
  assert.deepEqual(
    s.value("fs.unlinkSync('/w'); fs.rmSync('/w', { force: true }); fs.readdirSync('/')"),
    [],
  );
});

test('a folder of many files with long names', () => {
  const { s } = withFolder();
  assert.equal(
    s.value(
      "for (let i = 0; i < 300; i++) fs.writeFileSync('n'.repeat(240) + i, ''); new Set(fs.readdirSync('.')).size",
    ),
    300,
  );
});

test('what a file is', () => {
  const { s, folder } = withFolder();
  realFs.symlinkSync('f', join(folder, 'link'));
  const seen = s.value(`fs.writeFileSync('f', 'four');
    const a = fs.statSync('link'), b = fs.lstatSync('link'), c = fs.statSync('/');
    [a.size, a.isFile(), b.isSymbolicLink(), c.isDirectory(), a.mtime instanceof Date, a.mtime.getTime() === Math.floor(a.mtimeMs)]`);
  assert.deepEqual(seen, [4, true, true, true, true, true]);
  const real = realFs.statSync(join(folder, 'f')).mtimeMs;
  assert.ok(Math.abs(s.value("fs.statSync('f').mtimeMs") - real) < 1);
  assert.equal(s.value("fs.statSync('none', { throwIfNoEntry: false }) === undefined"), true);
});

const attempts = [
  "fs.readFileSync('d')",
  "fs.readFileSync('')",
  "fs.readFileSync('none')",
  "fs.readFileSync('f/x')",
  "fs.writeFileSync('d', 'x')",
  "fs.writeFileSync('f', 'x', { flag: 'wx' })",
  "fs.writeFileSync('f', 'x', { flag: 'ax' })",
  "fs.writeFileSync('none/f', 'x')",
  "fs.appendFileSync('none/f', 'x')",
  "fs.copyFileSync('d', 'z')",
  "fs.copyFileSync('f', 'd')",
  "fs.copyFileSync('none', 'z')",
  "fs.copyFileSync('f', 'd/g', 1)",
  "fs.rmSync('none')",
  "fs.rmSync('d')",
  "fs.rmSync('f/x', { force: true })",
  "fs.mkdirSync('d')",
  "fs.mkdirSync('none/x')",
  "fs.mkdirSync('f', { recursive: true })",
  "fs.mkdirSync('f/x/y', { recursive: true })",
  "fs.unlinkSync('none')",
  "fs.rmdirSync('f')",
  "fs.rmdirSync('d')",
  "fs.renameSync('none', 'b')",
  "fs.renameSync('f', 'd')",
  "fs.readdirSync('f')",
  "fs.readdirSync('none')",
  "fs.statSync('none')",
  "fs.lstatSync('f/x')",
  "fs.accessSync('none')",
  "fs.readFileSync(new URL('http://a/b'))",
  "fs.readFileSync(new URL('file:///a%2fb'))",
  'fs.readFileSync(null)',
  "fs.readFileSync('a\\0b')",
  "fs.writeFileSync('f', 3)",
  "fs.writeFileSync('f', 'x', { flag: 'q' })",
  "fs.readFileSync('f', 'nope')",
  "fs.readFileSync('f', 3)",
];

test('errors are those of Node', () => {
  const { s, folder } = withFolder();
  s.value("fs.mkdirSync('d'); fs.writeFileSync('f', 'x'); fs.writeFileSync('d/g', 'y');");
  const told = (code) =>
    `try { ${code}; 'nothing' } catch (e) { [e instanceof Error, e instanceof TypeError, e.code, e.errno ?? 0, e.syscall ?? '', e.path ?? '', e.dest ?? '', e.errno < 0 ? e.message : ''] }`;
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const code of attempts) {
      const model = new Function(
        'fs',
        `return ${`(() => { ${told(code).replace("'nothing' }", "return 'nothing' }").replace('(e) { [', '(e) { return [')} })()`}`,
      )(realFs);
      assert.deepEqual(s.value(told(code)), model, code);
    }
  } finally {
    process.chdir(before);
  }
  assert.equal(s.value("fs.readFileSync('f', 'utf8') + fs.readFileSync('d/g', 'utf8')"), 'xy');
});

test('an uncaught error says what it is', () => {
  const { s } = withFolder();
  const { status, value } = s.run("fs.readFileSync('/none')");
  assert.equal(status, 'threw');
  assert.equal(value.message, "ENOENT: no such file or directory, open '/none'");
  assert.equal(value.code, 'ENOENT');
});

test('promises', () => {
  const { s } = withFolder();
  assert.deepEqual(
    s.value(`import * as p from 'fs/promises';
      await p.mkdir('/d'); await p.writeFile('/d/a', 'one'); await p.appendFile('/d/a', '!');
      await p.copyFile('/d/a', '/d/b'); await p.rename('/d/b', '/d/c'); await p.access('/d/c');
      [await p.readFile('/d/a', 'utf8'), await p.readdir('/d'), (await p.stat('/d')).isDirectory(), (await p.lstat('/d/c')).size]`),
    ['one!', ['a', 'c'], true, 4],
  );
  assert.equal(
    s.value("await p.unlink('/d/c'); await p.rm('/d/a'); await p.rmdir('/d'); fs.existsSync('/d')"),
    false,
  );
  assert.equal(s.value("await p.readFile('/none').catch(e => e.code)"), 'ENOENT');
  assert.equal(s.value('await p.readFile(1).catch(e => e.code)'), 'ERR_INVALID_ARG_TYPE');
  assert.equal(s.value('fs.promises === p.default && fs.promises.readFile === p.readFile'), true);
});

test('the four names are two modules, and what is not there is not exported', () => {
  const { s } = withFolder({
    modules: { '/fs': 'export default 1', '/other.js': "export * from 'fs'" },
  });
  assert.equal(
    s.value(
      "import a from 'fs'; import b, { readFileSync } from 'node:fs'; a === b && readFileSync === a.readFileSync",
    ),
    true,
  );
  assert.equal(
    s.value("(await import('fs/promises')) === (await import('node:fs/promises'))"),
    true,
  );
  assert.equal(
    s.value("(await import('path')).posix === (await import('node:path')).default"),
    true,
  );
  assert.equal(s.value("import { existsSync as e } from './other.js'; e('/')"), true);
  for (const name of ['watch', 'openSync', 'createReadStream'])
    assert.equal(s.run(`import { ${name} } from 'fs'`).value.type, 'SyntaxError');
  for (const name of ['node:os', 'node:http', 'fs/other', 'node:node:fs'])
    assert.match(s.run(`import x from '${name}'`).value.message, new RegExp(`no /${name} among`));
  assert.equal(s.run("import x from 'fs' with { type: 'json' }").status, 'threw');
});

test('without a folder there are no files', () => {
  const s = new Sandbox();
  assert.equal(s.value("import fs from 'fs'; fs.existsSync('/')"), false);
  assert.equal(s.run("fs.writeFileSync('/a', 'x')").value.code, 'EBADF');
});

test('what the guest did to the language before the first import', () => {
  const folder = withFolder().folder;
  const s = new Sandbox({ folder });
  s.value('var Error = 1, URL = 2; const Uint8Array = 3, TypeError = 4, Object = 5, Date = 6;');
  assert.equal(
    s.value("import fs from 'fs'; fs.writeFileSync('/a', 'b'); fs.readFileSync('/a').length"),
    1,
  );
  assert.equal(s.value("try { fs.readFileSync('/none') } catch (e) { e.code }"), 'ENOENT');
  assert.equal(
    s.value(
      "fs.readFileSync = null; fs.promises = null; import { readFile } from 'fs/promises'; (await readFile('/a')).length",
    ),
    1,
  );
});

test('a disk that is full', () => {
  const { s } = withFolder({ wasiInstead: { fd_write: () => 51 } });
  const told =
    "try { fs.writeFileSync('/a', 'x') } catch (e) { [e.code, e.errno, e.syscall, e.message] }";
  assert.deepEqual(s.value(told), [
    'ENOSPC',
    -28,
    'write',
    'ENOSPC: no space left on device, write',
  ]);
  assert.equal(s.run("fs.writeFileSync('/a', 'x')").value.code, 'ENOSPC');
});

test('a file that is larger than memory, or says so', () => {
  const { s, folder } = withFolder({ pages: 400 });
  realFs.writeFileSync(join(folder, 'huge'), '');
  realFs.truncateSync(join(folder, 'huge'), 1 << 30);
  assert.equal(s.run("fs.readFileSync('/huge')").status, 'memory');
  realFs.truncateSync(join(folder, 'huge'), 2 ** 33);
  assert.equal(s.run("fs.readFileSync('/huge')").status, 'memory');
  assert.match(
    s.value("try { fs.readFileSync('/huge') } catch (e) { e.message }"),
    /out of memory/,
  );
  assert.equal(
    s.value("fs.writeFileSync('/small', 'ok'); fs.readFileSync('/small', 'utf8')"),
    'ok',
  );
  s.value("fs.copyFileSync('/small', '/huge')");
  for (let i = 0; i < 60; i++)
    s.value("fs.writeFileSync('/m', new Uint8Array(1e6)); fs.readFileSync('/m').length");
  assert.equal(s.value('1 + 1'), 2);
});

test('no descriptor stays open', () => {
  const { s } = withFolder();
  const before = realFs.readdirSync('/proc/self/fd').length;
  s.value(`for (let i = 0; i < 50; i++) {
    for (const f of [() => fs.readFileSync('/'), () => fs.writeFileSync('/x', 'x', { flag: i ? 'w' : 'wx' }), () => fs.readdirSync('/'), () => fs.copyFileSync('/x', '/'), () => fs.copyFileSync('/x', '/y'), () => fs.readFileSync('/x')])
      try { f() } catch {}
  }`);
  assert.equal(realFs.readdirSync('/proc/self/fd').length, before);
});

const paths = [
  '',
  '.',
  '..',
  '/',
  '//',
  '///',
  'a',
  'a/',
  '/a',
  '//a',
  '//a//b',
  '/a/b/',
  'a//b//',
  '../a',
  './a',
  'a/..',
  'a/../..',
  '/..',
  '/../a',
  'a.b',
  '.a',
  '.a.b',
  'a.',
  'a..',
  '...',
  '..a',
  'a/.b',
  'a/b.c.d/',
  '/a.b/c',
  'a/./b/../c',
  '/a/..',
  './',
  './/',
  '../',
  'ä/b.ö',
  'a b/c d.e',
  '/.',
  'x/..x',
  'a/b/../../..',
];

const plain = (value) => JSON.parse(JSON.stringify(value));

test('path is as in Node', () => {
  const { s } = withFolder();
  const one = ['normalize', 'dirname', 'basename', 'extname', 'parse', 'isAbsolute'];
  for (const name of one) {
    // Node's `parse` finds an extension in `/..`, its `extname` none.
    const given = paths.filter((p) => name !== 'parse' || p !== '/..');
    const found = s.value(`paths.map(p => path.${name}(p))`, { inputs: { paths: given } });
    const model = given.map((p) => posix[name](p));
    assert.deepEqual(plain(found), model, name);
  }
  const pairs = paths.flatMap((a) => paths.map((b) => [a, b]));
  const absolute = (p) => posix.resolve('/', p);
  const models = {
    join: (a, b) => posix.join(a, b),
    resolve: (a, b) => posix.resolve('/', a, b),
    relative: (a, b) => posix.relative(absolute(a), absolute(b)),
    // With a slash at the end of a path, or within a suffix, Node keeps slashes that it leaves out elsewhere.
    basename: (a, b) => (a.endsWith('/') || b.includes('/') ? undefined : posix.basename(a, b)),
  };
  for (const [name, model] of Object.entries(models)) {
    const found = s.value(`pairs.map(([a, b]) => path.${name}(a, b))`, { inputs: { pairs } });
    for (const [i, [a, b]] of pairs.entries()) {
      const wanted = model(a, b);
      if (wanted !== undefined)
        assert.equal(found[i], wanted, `${name}(${JSON.stringify([a, b])})`);
    }
  }
  const parts = [
    {},
    { root: '/' },
    { dir: '/d' },
    { base: 'b' },
    { name: 'n', ext: 'e' },
    { name: 'n', ext: '.e' },
    { root: '/', base: 'b' },
    { root: '/', dir: '/', name: 'n' },
    { dir: 'd', base: 'b', name: 'x' },
    { ext: '.e' },
  ];
  const newer = (p) =>
    posix.format(p.ext && !p.ext.startsWith('.') ? { ...p, ext: `.${p.ext}` } : p);
  assert.deepEqual(
    s.value('parts.map(p => path.format(p))', { inputs: { parts } }),
    parts.map(newer),
  );
  assert.equal(s.value("path.basename('/x/a.b/', '.b') + path.basename('//', '.')"), 'a');
  assert.equal(s.value('path.sep + path.delimiter + path.join() + path.resolve()'), '/:./');
  assert.equal(
    s.value("try { path.join('a', 1) } catch (e) { e.name + e.code }"),
    'TypeErrorERR_INVALID_ARG_TYPE',
  );
});
