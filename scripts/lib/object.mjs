// Owns the object that Go links: the C library's static archive, reduced to what its functions reach, with every
// other name made local, so that it disturbs no other library of a program. Where that cannot be done it says why.
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { platformName, root, stateFolder } from './paths.mjs';
import { mustRun } from './processes.mjs';

/** A file of more is refused by usual forges, and fetched with every release. */
export const budget = 80 << 20;

const header = join(root, 'bindings', 'c', 'include', 'wasm_sandbox.h');

/** Whether cargo's artefacts are of Windows's own toolchain, whose objects the C compiler of Go cannot link. */
const isMsvc = (platform, env) => platform === 'win32' && !/-gnu$/.test(env.RUSTUP_TOOLCHAIN ?? '');

/** What cargo calls the C library's archive. */
export const archiveName = (platform = process.platform, env = process.env) =>
  isMsvc(platform, env) ? 'wasm_sandbox_c.lib' : 'libwasm_sandbox_c.a';

/** The C library as set-up built it; this checkout's own copy of it. */
export const archive = join(stateFolder, archiveName());

/** Names of the C library's functions, as its header has them. */
export const functions = () => [
  ...new Set(readFileSync(header, 'utf8').match(/\bws_[a-z_]+(?=\()/g)),
];

/** Where a platform's Go module has it: the toolchain links every file of that ending. */
export const objectName = (platform) => {
  const [os, cpu] = platform.split('-');
  return `wasm_sandbox_${os === 'win32' ? 'windows' : os}_${cpu === 'x64' ? 'amd64' : cpu}.syso`;
};

/** The folder of a platform's Go module. */
export const platformFolder = (platform = platformName()) =>
  join(root, 'bindings', 'go', 'platforms', platform);

/** The object of a platform, where Go finds it. */
export const objectFile = (platform = platformName()) =>
  join(platformFolder(platform), objectName(platform));

/** What the tools for another machine's objects are called by, as distributions have them. */
const prefixes = {
  'linux-x64': 'x86_64-linux-gnu-',
  'linux-arm64': 'aarch64-linux-gnu-',
  'win32-x64': 'x86_64-w64-mingw32-',
};

/** What the names of the tools for `platform` begin with on `own`; both C libraries of Linux have the same objects. */
export function toolPrefix(platform, own = platformName()) {
  const [wanted, here] = [platform, own].map((name) => name.split('-').slice(0, 2).join('-'));
  return wanted === here ? '' : (prefixes[wanted] ?? '');
}

/** Why a library that was built elsewhere gives no object here; undefined where it does. */
export function foreignObstacle({ platform, archive: library }, own = process.platform) {
  if (platform.startsWith('darwin') && own !== 'darwin') return "it takes Apple's linker";
  return library.endsWith('.lib') ? objectObstacle('win32', {}) : undefined;
}

/** Why set-up does not even try; undefined where it does. */
export function objectObstacle(platform = process.platform, env = process.env) {
  if (!isMsvc(platform, env)) return undefined;
  return 'Go links objects of the gnu toolchain on Windows: set RUSTUP_TOOLCHAIN to the pinned version with -x86_64-pc-windows-gnu, have its gcc and binutils on the path (MSYS2: mingw-w64-x86_64-toolchain), and run set-up again';
}

/** Why there is no Go package here; undefined where there is. On Linux its lack is a failure like any other. */
export function goObstacle({ platform = process.platform, env = process.env, file } = {}) {
  if (platform === 'linux') return undefined;
  const known = objectObstacle(platform, env);
  if (known || existsSync(file ?? objectFile())) return known;
  return 'set-up could not make the object that Go links; .setup/logs/go.log has the reason';
}

/**
 * The commands that make the object, in turn. GNU's linker keeps what the roots reach, and objcopy makes names local.
 * Apple's does both by itself: names that are not exported become static when it links to an object again.
 * On Windows GNU's linker cannot do the first: of a function that it drops it keeps the tables for unwinding, which do
 * not link afterwards. Nor does it link to an object what names `_tls_used`, which the C library has: it is called
 * otherwise meanwhile.
 */
export function objectCommands(platform, { names, from, to }) {
  if (platform === 'darwin') {
    const each = names.flatMap((name) => [`-Wl,-u,_${name}`, `-Wl,-exported_symbol,_${name}`]);
    return [['cc', ['-r', '-nostdlib', '-Wl,-S', '-Wl,-x', ...each, '-o', to, from]]];
  }
  const roots = names.flatMap((name) => ['-u', name]);
  const kept = names.map((name) => `--keep-global-symbol=${name}`);
  if (platform === 'win32') {
    return [
      ['objcopy', ['--redefine-sym', '_tls_used=ws_tls_used', from]],
      ['ranlib', [from]],
      ['ld', ['-r', '-S', ...roots, '-o', to, from]],
      ['objcopy', ['--strip-debug', '--redefine-sym', 'ws_tls_used=_tls_used', ...kept, to]],
    ];
  }
  return [
    ['ld', ['-r', '--gc-sections', '-S', ...roots, '-o', to, from]],
    ['objcopy', ['--strip-debug', ...kept, to]],
  ];
}

/**
 * The bytes of a static archive without the libraries that Rust puts into it for the functions of Windows: they do not
 * survive being linked to an object, and the toolchain has its own. Each has a head, a tail and a member per function.
 */
export function withoutImports(bytes) {
  const [magic, header] = [8, 60];
  const kept = [bytes.subarray(0, magic)];
  let longNames = '';
  for (let at = magic; at < bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 16).trimEnd();
    const size = Number(bytes.toString('latin1', at + 48, at + 58));
    const end = at + header + size + (size % 2);
    if (name === '//') longNames = bytes.toString('latin1', at + header, end);
    const isLong = /^\/\d+$/.test(name);
    const whole = isLong ? longNames.slice(Number(name.slice(1))).split('\n', 1)[0] : name;
    // Nor the index, which would name what is not there any more.
    if (name !== '/' && !/\.dll[hts]\d*\.o\/?$/.test(whole)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** Makes the object of a platform's library: this one's, if nothing else is said. */
export async function makeObject(
  to,
  running,
  { platform = platformName(), library = archive } = {},
) {
  const half = `${to}.${process.pid}`;
  const own = `${half}.a`;
  const [os] = platform.split('-');
  if (os === 'win32') writeFileSync(own, withoutImports(readFileSync(library)));
  const from = existsSync(own) ? own : library;
  try {
    const parts = { names: functions(), from, to: half };
    for (const [program, args] of objectCommands(os, parts)) {
      await mustRun(`${toolPrefix(platform)}${program}`, args, running);
    }
  } finally {
    rmSync(own, { force: true });
  }
  const { size } = statSync(half);
  if (size > budget) {
    rmSync(half);
    throw new Error(`the object has ${size} bytes, ${budget} is the budget`);
  }
  renameSync(half, to);
}
