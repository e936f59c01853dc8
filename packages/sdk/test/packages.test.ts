// Packages: from paths, folders, bytes and files; what is refused, and with which place; that they cannot be changed.
// What archives may hold is tested in the core, what guests see in the shared cases.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Package, run, runSync, WasmSandbox } from '../src/index.js';
import { tarball, wheel, zip } from './archives.js';
import { failure } from './expect.js';

let folder = '';
const file = (name: string) => join(folder, name);
const tiny = wheel({ 'tiny.py': 'def twice(n):\n    return 2 * n\n' });
const npm = tarball({
  'package.json': '{"name": "@me/tiny", "type": "module", "main": "main.js"}',
  'main.js': 'export const twice = (n) => 2 * n;',
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasm-sandbox-packages-'));
  await writeFile(file('tiny-1.0-py3-none-any.whl'), tiny);
  await writeFile(file('me-tiny-1.0.0.tgz'), npm);
  await writeFile(file('zipped.zip'), zip({ 'zipped/__init__.py': 'x = 3' }));
  for (const [name, text] of Object.entries({
    'mypkg/__init__.py': 'from .sub.deep import n',
    'mypkg/sub/deep.py': 'n = 7',
    'mypkg/__pycache__/junk.pyc': 'junk',
    'target/one.py': 'n = 1',
    'target/two/__init__.py': 'n = 2',
    'target/one-0.1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: one\nVersion: 0.1\n',
    'jspkg/package.json': '{"name": "named", "exports": "./index.js"}',
    'jspkg/index.js': 'export default "from a folder";',
  })) {
    await mkdir(join(file(name), '..'), { recursive: true });
    await writeFile(file(name), text);
  }
  // Some systems do not let everybody make links.
  await symlink('/etc/passwd', file('mypkg/passwd')).catch(() => {});
});
afterAll(() => rm(folder, { recursive: true }));

test('Python imports wheels, zip files and folders by their paths', async () => {
  const paths = ['tiny-1.0-py3-none-any.whl', 'zipped.zip', 'mypkg', 'target'].map(file);
  const python = `
import os, tiny, zipped, mypkg, one, two, importlib.metadata as m
[tiny.twice(4), zipped.x, mypkg.n, one.n, two.n, m.version('tiny'), m.version('one'), os.listdir('/site-packages/mypkg')]`;
  const { value, files } = await run({ python, packages: paths });
  expect(value).toEqual([8, 3, 7, 1, 2, '1.0', '0.1', ['__init__.py', 'sub']]);
  expect(files).toEqual({});
});

test('JavaScript imports tarballs and folders by their paths', async () => {
  const javascript = '[(await import(`@me/tiny`)).twice(4), (await import(`named`)).default]';
  const packages = ['me-tiny-1.0.0.tgz', 'jspkg'].map(file);
  expect((await run({ javascript, packages })).value).toEqual([8, 'from a folder']);
});

test('bytes and files do for calls that block, too; paths do not', () => {
  const mine = { name: 'mine', files: { '__init__.py': new TextEncoder().encode('n = 1') } };
  const python = 'import tiny, mine\ntiny.twice(mine.n)';
  expect(runSync({ python, packages: [tiny, mine] }).value).toBe(2);
  const buffer = npm.buffer.slice(npm.byteOffset, npm.byteOffset + npm.byteLength);
  const packages = [buffer as unknown as Package];
  const javascript = '(await import(`@me/tiny`)).twice(2)';
  expect(runSync({ javascript, packages }).value).toBe(4);
  expect(() => runSync({ python, packages: [tiny, 'a.whl'] })).toThrow(
    expect.objectContaining({ code: 'invalid_argument', details: { path: '$.packages[1]' } }),
  );
});

test('what is wrong is told with its place', async () => {
  const refused = async (given: unknown, code: string, path: string, words: string) => {
    const packages = given as Package[];
    const error = await failure(WasmSandbox.python({ packages }), code);
    expect(error.details.path).toBe(path);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain(folder);
  };
  const [first, second] = ['$.packages[0]', '$.packages[1]'];
  await refused('tiny.whl', 'invalid_argument', '$.packages', 'a list is wanted');
  await refused([7], 'invalid_argument', first, 'a package is a path');
  await refused([null], 'invalid_argument', first, 'a package is a path');
  await refused([{ name: 'a' }], 'invalid_argument', `${first}.files`, 'missing');
  await refused(
    [{ name: 'a', files: { 'b.py': 7 } }],
    'invalid_argument',
    `${first}.files["b.py"]`,
    '',
  );
  await refused([tiny, file('absent.whl')], 'not_found', second, 'absent.whl: there is no such');
  await refused([tiny, tiny], 'invalid_argument', second, 'each package once');
  await refused([new Uint8Array(10)], 'invalid_argument', first, 'neither a wheel nor');
  await refused([file('me-tiny-1.0.0.tgz')], 'invalid_argument', first, 'give Python a wheel');
  await refused([wheel({}, 'cp313-cp313-win_amd64')], 'unsupported', first, 'none-any');
  const compiled = wheel({ 'tiny/_c.so': '' });
  await refused([compiled], 'unsupported', first, '`tiny/_c.so`: has compiled extensions');
  await refused([zip({ '../evil.py': '' })], 'invalid_argument', first, '`..`');
});

test('a module has no packages', async () => {
  const add = 'AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=';
  const wasm = new Uint8Array(Buffer.from(add, 'base64'));
  const error = await failure(
    run({ wasm, call: 'add', args: [1, 2], packages: [tiny] }),
    'invalid_argument',
  );
  expect(error.details.path).toBe('$.packages');
});

test('files of a run cannot lie among the packages', async () => {
  await using session = await WasmSandbox.python({ packages: [tiny] });
  const files = { '/site-packages/tiny.py': 'evil = 1' };
  const error = await failure(session.run('1', { files }), 'invalid_argument');
  expect(error.message).toContain('read-only');
  expect((await session.run('import tiny; tiny.twice(1)')).value).toBe(2);
});

test('one session’s packages are not another’s', async () => {
  const of = (n: number) => ({ name: 'mine', files: { '__init__.py': `n = ${n}` } });
  for (const isolation of ['fresh', 'rewind'] as const) {
    const policy = { version: 1, isolation } as const;
    for (const n of [1, 2]) {
      const { value } = await run({ python: 'import mine\nmine.n', packages: [of(n)], policy });
      expect(value, isolation).toBe(n);
    }
    const error = await failure(run({ python: 'import mine', policy }), 'guest_exception');
    expect(error.details.type).toBe('ModuleNotFoundError');
  }
});

test('packages do not count against the policy’s files', async () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`m${i}.py`, `n = ${i}`]));
  const packages = [
    { name: 'many', files: { '__init__.py': '', ...many, 'big.txt': 'x'.repeat(1 << 20) } },
  ];
  const limits = { files: 10, fileBytes: 1000, memoryBytes: 64 << 20 };
  const python = "import many.m299\n[many.m299.n, len(open('/site-packages/many/big.txt').read())]";
  expect((await run({ python, packages, limits })).value).toEqual([299, 1 << 20]);
});

test('a restored session wants the packages it had; a fork has them', async () => {
  await using session = await WasmSandbox.python({ packages: [file('tiny-1.0-py3-none-any.whl')] });
  await session.run('from tiny import twice');
  await using fork = await session.fork();
  expect(
    (await fork.run('import importlib; importlib.reload(__import__("tiny")).twice(3)')).value,
  ).toBe(6);
  const image = await session.snapshot();
  // The same by content, however it is given.
  await using restored = await WasmSandbox.restore(image, { packages: [tiny] });
  expect((await restored.run('import tiny; twice(1) + tiny.twice(1)')).value).toBe(4);
  for (const packages of [undefined, [wheel({ 'tiny.py': 'twice = 1' })]]) {
    const error = await failure(WasmSandbox.restore(image, { packages }), 'invalid_argument');
    expect(error.details).toMatchObject({
      reason: 'packages',
      path: '$.packages',
      wanted: ['tiny-1.0'],
    });
  }
  await using plain = await WasmSandbox.python();
  const later = await WasmSandbox.restore(await plain.snapshot(), { packages: [tiny] });
  expect((await later.run('import tiny; tiny.twice(5)')).value).toBe(10);
  await later.dispose();
});
