// Owns the standard library's form in the module: Python source to compiled code by the freezer, one blob with
// an index, and the few modules that are frozen into the interpreter because importing needs them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import v8 from 'node:v8';
import { say } from './progress.mjs';

const prefix = '/usr/lib/python3.13/';
const kind = { code: 0, package: 1, data: 2 };

/** Without a place in the sandbox: needs a screen, processes or another machine, or is for developing CPython. */
const leftOut = new RegExp(
  `^(${[
    'test',
    '__phello__.*',
    'idlelib',
    'tkinter',
    'turtle\\.py',
    'turtledemo',
    'ensurepip',
    'venv',
    'lib2to3',
    'curses',
    'ctypes',
    'multiprocessing',
    'msilib',
    'ssl\\.py',
    'pty\\.py',
    'tty\\.py',
    '_ios_support\\.py',
    '_android_support\\.py',
    '_apple_support\\.py',
    'dbm/(gnu|ndbm)\\.py',
    'asyncio/windows.*',
    'encodings/(mbcs|oem)\\.py',
    '_osx_support\\.py',
    'site-packages',
    '__hello__\\.py',
    'pip.*',
    'config-.*',
    '_aix_support\\.py',
  ].join('|')})(/|$)`,
);

/** Frozen in: module to source file. The first three start imports, the rest is needed before the blob is. */
const frozenBootstrap = {
  _frozen_importlib: 'importlib/_bootstrap.py',
  _frozen_importlib_external: 'importlib/_bootstrap_external.py',
  zipimport: 'zipimport.py',
};
/** CPython takes its importer's frames out of tracebacks and warnings by this name; ours is a part of it. */
const importer = '<frozen importlib._bootstrap_external>';
const frozenStart = {
  abc: 'abc.py',
  codecs: 'codecs.py',
  encodings: 'encodings/__init__.py',
  'encodings.aliases': 'encodings/aliases.py',
  'encodings.utf_8': 'encodings/utf_8.py',
  io: 'io.py',
};

function filesIn(folder, inside = '') {
  return readdirSync(join(folder, inside))
    .sort()
    .filter((name) => name !== '__pycache__')
    .map((name) => (inside ? `${inside}/${name}` : name))
    .filter((path) => !leftOut.test(path))
    .flatMap((path) =>
      statSync(join(folder, path)).isDirectory() ? filesIn(folder, path) : [path],
    );
}

/** The freezer in Node's own WebAssembly: source text to compiled code. */
class Freezer {
  constructor(module) {
    // CPython's parser goes deeper than Node's usual stack.
    v8.setFlagsFromString('--stack-size=3900');
    const refuse = () => 8;
    const exit = (code) => {
      throw new Error(`the freezer ended with ${code}`);
    };
    const given = {
      proc_exit: exit,
      fd_write: (_fd, vectors, count, written) => this.print(vectors, count, written),
      clock_time_get: (_id, _precision, at) => this.zero(at, 8),
      environ_sizes_get: (count, size) => this.zero(count, 4) + this.zero(size, 4),
      environ_get: () => 0,
      random_get: (at, length) => this.zero(at, length),
    };
    const wasi = new Proxy(given, { get: (all, name) => all[name] ?? refuse });
    const wanted = WebAssembly.Module.imports(module);
    const imports = Object.fromEntries(wanted.map(({ name }) => [name, wasi[name]]));
    this.printed = '';
    this.exports = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports }).exports;
    this.exports._initialize();
    if (this.exports.freezer_start() !== 0) throw new Error('the freezer does not start');
  }

  zero(at, length) {
    new Uint8Array(this.exports.memory.buffer, at, length).fill(0);
    return 0;
  }

  print(vectors, count, written) {
    const view = new DataView(this.exports.memory.buffer);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const [at, length] = [0, 4].map((offset) => view.getUint32(vectors + i * 8 + offset, true));
      this.printed += Buffer.from(this.exports.memory.buffer, at, length).toString();
      total += length;
    }
    view.setUint32(written, total, true);
    return 0;
  }

  compile(file, source) {
    const [name, text] = [`${file}\0`, source].map((one) => Buffer.from(one));
    const at = this.exports.freezer_room(name.length + text.length + 1);
    const room = Buffer.from(this.exports.memory.buffer, at, name.length + text.length + 1);
    Buffer.concat([name, text, Buffer.from([0])]).copy(room);
    const length = this.exports.freezer_compile(name.length);
    if (length < 0) throw new Error(`${file} cannot be compiled:\n${this.printed}`);
    return Buffer.from(
      this.exports.memory.buffer.slice(
        this.exports.freezer_bytes(),
        this.exports.freezer_bytes() + length,
      ),
    );
  }
}

const isPackage = (path) => path.endsWith('/__init__.py');
const moduleName = (path) => path.replace(/\/__init__\.py$|\.py$/, '').replaceAll('/', '.');

/** Python's marshal format, of which the index needs strings, ints, tuples and a dict. */
function marshalIndex(entries) {
  const u32 = (n) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(n);
    return bytes;
  };
  const int = (n) => Buffer.concat([Buffer.from('i'), u32(n)]);
  const string = (text) =>
    Buffer.concat([Buffer.from('u'), u32(Buffer.byteLength(text)), Buffer.from(text)]);
  const parts = [Buffer.from('{')];
  for (const [name, numbers] of entries)
    parts.push(string(name), Buffer.from([0x29, numbers.length]), ...numbers.map(int));
  parts.push(Buffer.from('0'));
  return Buffer.concat(parts);
}

function dataFiles(folders) {
  return folders.flatMap((folder) =>
    filesIn(folder)
      .filter((path) => path.startsWith('tzdata/') && !path.endsWith('.py'))
      .map((path) => [path, readFileSync(join(folder, path))]),
  );
}

function writeFrozen(into, groups) {
  const lines = [];
  for (const [group, modules] of Object.entries(groups)) {
    const rows = modules.map(({ name, code, isPackage: whole }) => {
      const array = `frozen_${name.replaceAll('.', '_')}`;
      lines.push(`static const unsigned char ${array}[] = { ${[...code].join(',')} };`);
      return `    { "${name}", ${array}, sizeof ${array}, ${whole} },`;
    });
    lines.push(`static const struct _frozen ${group}[] = {`, ...rows, '    { 0 }', '};');
  }
  writeFileSync(join(into, 'frozen.inc'), `${lines.join('\n')}\n`);
}

/** Writes `stdlib.bin` and `frozen.inc` into a folder; a name for what it wrote. `own`: the guest's Python files. */
export function freezeLibrary({ module, library, zones, own, into }) {
  const freezer = new Freezer(module);
  const read = (folder, path) => readFileSync(join(folder, path), 'utf8');
  const freeze = (file, source) => freezer.compile(file, source);
  const frozen = (modules) =>
    Object.entries(modules).map(([name, path]) => ({
      name,
      code: freeze(`<frozen ${moduleName(path)}>`, read(library, path)),
      isPackage: Number(isPackage(path)),
    }));
  const start = frozen(frozenStart);
  for (const path of filesIn(own)) {
    if (!/^_sandbox_(start|library)\.py$/.test(path)) continue;
    const file = path === '_sandbox_library.py' ? importer : `<sandbox>/${path}`;
    const code = freeze(file, read(own, path));
    start.push({ name: moduleName(path), code, isPackage: 0 });
  }
  writeFrozen(into, { frozen_bootstrap: frozen(frozenBootstrap), frozen_start: start });

  say('compiling the standard library');
  const sources = [
    ...filesIn(library)
      .filter((path) => path.endsWith('.py'))
      .map((path) => [library, path, prefix]),
    ...filesIn(zones)
      .filter((path) => path.startsWith('tzdata/') && path.endsWith('.py'))
      .map((path) => [zones, path, prefix]),
    ...filesIn(own).map((path) => [own, path, '<sandbox>/']),
  ];
  const entries = new Map();
  const parts = [];
  let at = 0;
  const add = (name, bytes, what) => {
    entries.set(name, [at, bytes.length, what]);
    parts.push(bytes);
    at += bytes.length;
  };
  for (const [folder, path, where] of sources) {
    const code = freeze(`${where}${path}`, read(folder, path));
    add(moduleName(path), code, isPackage(path) ? kind.package : kind.code);
  }
  for (const [path, bytes] of dataFiles([zones])) add(path, bytes, kind.data);
  const index = marshalIndex(entries);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index.length);
  const blob = Buffer.concat([length, index, ...parts]);
  writeFileSync(join(into, 'stdlib.bin'), blob);
  say(`${entries.size} modules and files, ${(at / 1e6).toFixed(1)} MB`);
  return createHash('sha256').update(blob).digest('hex').slice(0, 32);
}
