// Tests how Go's object is made on each platform: what the linkers are asked for, and what is said where it cannot be.
// The object itself is tested by the C program that links it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  archiveName,
  foreignObstacle,
  functions,
  goObstacle,
  objectCommands,
  objectName,
  objectObstacle,
  toolPrefix,
  withoutImports,
} from '../lib/object.mjs';

const here = fileURLToPath(import.meta.url);
const parts = { names: ['ws_a', 'ws_b'], from: 'lib.a', to: 'out' };
const gnu = { RUSTUP_TOOLCHAIN: '1.95.0-x86_64-pc-windows-gnu' };

test('the functions are those of the header', () => {
  const names = functions();
  assert.ok(names.includes('ws_invoke') && names.includes('ws_free') && names.length > 12);
});

test('only the functions stay visible', () => {
  const [[ld, link], [objcopy, hide]] = objectCommands('linux', parts);
  assert.deepEqual([ld, objcopy], ['ld', 'objcopy']);
  assert.ok(link.includes('-r') && link.includes('ws_b') && link.at(-1) === 'lib.a');
  assert.ok(hide.includes('--keep-global-symbol=ws_a') && hide.at(-1) === 'out');
  const windows = objectCommands('win32', parts);
  assert.deepEqual(
    windows.map(([program]) => program),
    ['objcopy', 'ranlib', 'ld', 'objcopy'],
  );
  assert.ok(!windows[2][1].includes('--gc-sections'));
  const [[cc, args], ...more] = objectCommands('darwin', parts);
  assert.deepEqual([cc, more], ['cc', []]);
  // Names of C begin with a stroke in Apple's objects.
  assert.ok(args.includes('-Wl,-exported_symbol,_ws_a') && args.includes('-Wl,-u,_ws_b'));
});

test('Windows needs the gnu toolchain, and says so', () => {
  assert.match(objectObstacle('win32', {}), /windows-gnu/);
  assert.equal(objectObstacle('win32', gnu), undefined);
  assert.equal(archiveName('win32', {}), 'wasm_sandbox_c.lib');
  assert.equal(archiveName('win32', gnu), 'libwasm_sandbox_c.a');
  assert.equal(objectName('win32-x64'), 'wasm_sandbox_windows_amd64.syso');
});

test('without an object there is no Go package, except on Linux, where that is a failure', () => {
  assert.match(goObstacle({ platform: 'darwin', env: {}, file: 'none' }), /go\.log/);
  assert.equal(goObstacle({ platform: 'darwin', env: {}, file: here }), undefined);
  assert.match(goObstacle({ platform: 'win32', env: {}, file: here }), /gnu/);
  assert.equal(goObstacle({ platform: 'linux', env: {}, file: 'none' }), undefined);
});

test('for another machine its own tools are called, and Apple has none elsewhere', () => {
  assert.equal(toolPrefix('linux-arm64-musl', 'linux-x64-gnu'), 'aarch64-linux-gnu-');
  assert.equal(toolPrefix('linux-x64-musl', 'linux-x64-gnu'), '');
  assert.equal(toolPrefix('win32-x64', 'linux-x64-gnu'), 'x86_64-w64-mingw32-');
  const of = (platform, archive) => ({ platform, archive });
  assert.match(foreignObstacle(of('darwin-x64', 'lib.a'), 'linux'), /Apple/);
  assert.equal(foreignObstacle(of('darwin-x64', 'lib.a'), 'darwin'), undefined);
  assert.match(foreignObstacle(of('win32-x64', 'wasm_sandbox_c.lib'), 'linux'), /gnu/);
  assert.equal(foreignObstacle(of('win32-x64', 'libwasm_sandbox_c.a'), 'linux'), undefined);
});

test('what Rust brings along for functions of Windows is left out', () => {
  const member = (name, body) =>
    `${name.padEnd(16)}${'0'.padEnd(32)}${String(body.length).padEnd(10)}\`\n${body}${body.length % 2 ? '\n' : ''}`;
  const names = 'api-ms-win-core-synch-l1-2-0.dlls00001.o/\nsome-long-name-of-rust.rcgu.o/\n';
  const [kept, long] = [member('a.o/', 'abc'), member('/42', 'rust')];
  const whole = [
    member('/', 'an index'),
    member('//', names),
    kept,
    member('ntdll.dllh.o/', 'head'),
    member('/0', 'function'),
    long,
    member('ntdll.dllt.o/', 'tail'),
  ];
  const bytes = withoutImports(Buffer.from(`!<arch>\n${whole.join('')}`, 'latin1'));
  assert.equal(bytes.toString('latin1'), `!<arch>\n${member('//', names)}${kept}${long}`);
});
