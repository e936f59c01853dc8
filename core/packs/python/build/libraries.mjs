// Owns how the four libraries are compiled: their files inside the crates, flags, and where headers lie.
// Only what CPython's modules use is taken.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const lzmaFolders = ['common', 'lzma', 'lz', 'check', 'delta', 'rangecoder', 'simple'];
/** Programs that make tables, code for threads, and the small variants of what is there in full. */
const lzmaLeftOut = /(tablegen|_mt|_small)\.c$|^(crc_clmul|crc32_x86|crc64_x86)/;

function lzmaFiles(root) {
  const base = join(root, 'xz/src/liblzma');
  const files = lzmaFolders.flatMap((folder) =>
    readdirSync(join(base, folder))
      .filter((name) => name.endsWith('.c') && !lzmaLeftOut.test(name))
      .map((name) => join(base, folder, name)),
  );
  return [...files.sort(), join(root, 'xz/src/common/tuklib_physmem.c')];
}

const sqliteFlags = [
  'SQLITE_OMIT_LOAD_EXTENSION',
  'SQLITE_OMIT_WAL',
  'SQLITE_OMIT_DEPRECATED',
  'SQLITE_THREADSAFE=0',
  'SQLITE_TEMP_STORE=3',
  'SQLITE_DEFAULT_MEMSTATUS=0',
  'SQLITE_MAX_EXPR_DEPTH=500',
  'SQLITE_ENABLE_FTS4',
  'SQLITE_ENABLE_FTS5',
  'SQLITE_ENABLE_RTREE',
  'SQLITE_ENABLE_MATH_FUNCTIONS',
  'SQLITE_ENABLE_COLUMN_METADATA',
  'SQLITE_WASI=1',
  // Locks between connections, which ../guest/sqlite.c lets it have.
  'SQLITE_DEFAULT_UNIX_VFS="unix"',
  'SQLITE_EXTRA_INIT=sandbox_sqlite',
  'HAVE_USLEEP=1',
].map((define) => `-D${define}`);

/** Folders with headers that CPython's modules include. */
export function libraryIncludes(crates) {
  return [
    join(crates['libz-sys'], 'src/zlib'),
    join(crates['bzip2-sys'], 'bzip2-1.0.8'),
    join(crates['liblzma-sys'], 'xz/src/liblzma/api'),
    join(crates['libsqlite3-sys'], 'sqlite3'),
  ].flatMap((folder) => ['-I', folder]);
}

/** Path and flags of every file of the libraries. */
export function libraryUnits(crates) {
  const zlib = join(crates['libz-sys'], 'src/zlib');
  const bzip2 = join(crates['bzip2-sys'], 'bzip2-1.0.8');
  const lzma = crates['liblzma-sys'];
  const of = (paths, flags) => paths.map((path) => ({ path, flags }));
  const names = (folder, list) => list.split(' ').map((name) => join(folder, `${name}.c`));
  const lzmaFlags = ['-std=c99', '-DNDEBUG', '-DHAVE_CONFIG_H=1', '-DLZMA_API_STATIC', '-I', lzma]
    .concat(['-I', join(lzma, 'xz/src/common'), '-I', join(lzma, 'xz/src/liblzma/api')])
    .concat(lzmaFolders.flatMap((name) => ['-I', join(lzma, 'xz/src/liblzma', name)]));
  return [
    ...of([join(crates['libsqlite3-sys'], 'sqlite3/sqlite3.c')], sqliteFlags),
    ...of(
      names(
        zlib,
        'adler32 compress crc32 deflate infback inffast inflate inftrees trees uncompr zutil',
      ),
      [],
    ),
    ...of(names(bzip2, 'blocksort huffman crctable randtable compress decompress bzlib'), [
      '-DBZ_NO_STDIO',
    ]),
    ...of(lzmaFiles(lzma), lzmaFlags),
  ];
}
