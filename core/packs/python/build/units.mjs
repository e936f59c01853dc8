// Owns which C files the module is made of, and which extension modules are built into it.
// CPython's own Makefile lists the same; what needs processes, sockets, users or shared libraries is left out.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Files that stand in these folders and belong to other platforms, or are replaced by the guest's own. */
const leftOut =
  /^(dynload_.*|emscripten_.*|frozen|frozenmain|jit|gc_free_threading|asm_trampoline|bytecodes|optimizer_bytecodes|dup2)\.c$/;

/** What the interpreter cannot start without: module to its files in Modules/. */
const needed = {
  _abc: ['_abc.c'],
  _codecs: ['_codecsmodule.c'],
  _collections: ['_collectionsmodule.c'],
  _functools: ['_functoolsmodule.c'],
  _io: ['iobase', 'fileio', 'bufferedio', 'textio', 'bytesio', 'stringio', '_iomodule'].map(
    (name) => `_io/${name}.c`,
  ),
  _locale: ['_localemodule.c'],
  _operator: ['_operator.c'],
  _signal: ['signalmodule.c'],
  _sre: ['_sre/sre.c'],
  _stat: ['_stat.c'],
  _suggestions: ['_suggestions.c'],
  _symtable: ['symtablemodule.c'],
  _sysconfig: ['_sysconfig.c'],
  _thread: ['_threadmodule.c'],
  _tracemalloc: ['_tracemalloc.c'],
  _typing: ['_typingmodule.c'],
  _weakref: ['_weakref.c'],
  atexit: ['atexitmodule.c'],
  errno: ['errnomodule.c'],
  faulthandler: ['faulthandler.c'],
  itertools: ['itertoolsmodule.c'],
  posix: ['posixmodule.c'],
  time: ['timemodule.c'],
};

const extensions = {
  _asyncio: ['_asynciomodule.c'],
  _bisect: ['_bisectmodule.c'],
  _blake2: ['_blake2/blake2module.c', '_blake2/blake2b_impl.c', '_blake2/blake2s_impl.c'],
  _bz2: ['_bz2module.c'],
  _codecs_cn: ['cjkcodecs/_codecs_cn.c'],
  _codecs_hk: ['cjkcodecs/_codecs_hk.c'],
  _codecs_iso2022: ['cjkcodecs/_codecs_iso2022.c'],
  _codecs_jp: ['cjkcodecs/_codecs_jp.c'],
  _codecs_kr: ['cjkcodecs/_codecs_kr.c'],
  _codecs_tw: ['cjkcodecs/_codecs_tw.c'],
  _contextvars: ['_contextvarsmodule.c'],
  _csv: ['_csv.c'],
  _datetime: ['_datetimemodule.c'],
  _decimal: ['_decimal/_decimal.c'],
  _elementtree: ['_elementtree.c'],
  _heapq: ['_heapqmodule.c'],
  _json: ['_json.c'],
  _lsprof: ['_lsprof.c', 'rotatingtree.c'],
  _lzma: ['_lzmamodule.c'],
  _md5: ['md5module.c', '_hacl/Hacl_Hash_MD5.c'],
  _multibytecodec: ['cjkcodecs/multibytecodec.c'],
  _opcode: ['_opcode.c'],
  _pickle: ['_pickle.c'],
  _queue: ['_queuemodule.c'],
  _random: ['_randommodule.c'],
  _sha1: ['sha1module.c', '_hacl/Hacl_Hash_SHA1.c'],
  _sha2: ['sha2module.c', '_hacl/Hacl_Hash_SHA2.c'],
  _sha3: ['sha3module.c', '_hacl/Hacl_Hash_SHA3.c'],
  _sqlite3: [
    'blob',
    'connection',
    'cursor',
    'microprotocols',
    'module',
    'prepare_protocol',
    'row',
    'statement',
    'util',
  ].map((name) => `_sqlite/${name}.c`),
  _statistics: ['_statisticsmodule.c'],
  _struct: ['_struct.c'],
  _zoneinfo: ['_zoneinfo.c'],
  array: ['arraymodule.c'],
  binascii: ['binascii.c'],
  cmath: ['cmathmodule.c'],
  math: ['mathmodule.c'],
  pyexpat: ['pyexpat.c', 'expat/xmlparse.c', 'expat/xmlrole.c', 'expat/xmltok.c'],
  select: ['selectmodule.c'],
  unicodedata: ['unicodedata.c'],
  zlib: ['zlibmodule.c'],
};

const decimalParts = [
  'basearith',
  'constants',
  'context',
  'convolute',
  'crt',
  'difradix2',
  'fnt',
  'fourstep',
  'io',
  'mpalloc',
  'mpdecimal',
  'numbertheory',
  'sixstep',
  'transpose',
];

/** Modules that need libraries from outside of CPython; the compiler that runs at build time does without. */
const fromLibraries = ['_bz2', '_lzma', '_sqlite3', 'zlib'];

/** Part of the interpreter's own files, under names of their own. */
const inside = {
  _ast: 'PyInit__ast',
  _imp: 'PyInit__imp',
  _string: 'PyInit__string',
  _tokenize: 'PyInit__tokenize',
  _warnings: '_PyWarnings_Init',
  gc: 'PyInit_gc',
  marshal: 'PyMarshal_Init',
};

const folders = ['Parser', 'Parser/lexer', 'Parser/tokenizer', 'Objects', 'Python'];

const specialFlags = {
  'Modules/getbuildinfo.c': ['-DDATE="Jan 01 2026"', '-DTIME="00:00:00"'],
  'Python/getplatform.c': ['-DPLATFORM="wasi"'],
  'Python/sysmodule.c': ['-DABIFLAGS=""', '-DMULTIARCH="wasm32-wasi"'],
};

function flagsOf(path) {
  if (specialFlags[path]) return specialFlags[path];
  if (/_hacl\/|md5module|sha\dmodule/.test(path))
    return ['-I', 'Modules/_hacl/include', '-D_BSD_SOURCE', '-D_DEFAULT_SOURCE'];
  if (/_decimal\//.test(path))
    return ['-I', 'Modules/_decimal/libmpdec', '-DCONFIG_32=1', '-DANSI=1', '-DNDEBUG'];
  if (/expat/.test(path) || path.endsWith('_elementtree.c'))
    return ['-I', 'Modules/expat', '-DXML_STATIC=1', '-DXML_POOR_ENTROPY=1', '-DUSE_PYEXPAT_CAPI'];
  return [];
}

const inFolder = (root, folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.c') && !leftOut.test(name))
    .sort()
    .map((name) => `${folder}/${name}`);

/** Path in CPython's tree and flags of every file of the interpreter. */
export function interpreterUnits(root) {
  const modules = Object.values({ ...needed, ...extensions }).flat();
  const needsLibrary = fromLibraries.flatMap((name) => extensions[name]);
  const paths = [
    ...folders.flatMap((folder) => inFolder(root, folder)),
    ...['getbuildinfo', 'gcmodule', 'main'].map((name) => `Modules/${name}.c`),
    ...modules.map((name) => `Modules/${name}`),
    ...decimalParts.map((name) => `Modules/_decimal/libmpdec/${name}.c`),
  ];
  const isFromLibrary = (path) => needsLibrary.includes(path.replace('Modules/', ''));
  return paths.map((path) => ({ path, flags: flagsOf(path), library: isFromLibrary(path) }));
}

/** The table of built-in modules, as C. */
export function inittab({ libraries, own }) {
  const names = [
    ...Object.keys(needed),
    ...Object.keys(extensions).filter((name) => libraries || !fromLibraries.includes(name)),
    ...own,
  ];
  const all = [...names.map((name) => [name, `PyInit_${name}`]), ...Object.entries(inside)];
  const declared = all.map(([, init]) => `extern PyObject *${init}(void);`);
  const rows = all.map(([name, init]) => `    { "${name}", ${init} },`);
  rows.push('    { "builtins", NULL },', '    { "sys", NULL },', '    { NULL, NULL },');
  return `${declared.join('\n')}\nstruct _inittab _PyImport_Inittab[] = {\n${rows.join('\n')}\n};\n`;
}
