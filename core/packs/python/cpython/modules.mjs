// Owns the list of CPython's test modules that are run here, and which of them are quick enough to run
// with every change of the pack.

/** By part of Python; each is a module or a package below `test`. */
export const groups = {
  Language: [
    'test_str',
    'test_string',
    'test_bytes',
    'test_int',
    'test_float',
    'test_list',
    'test_dict',
    'test_set',
    'test_generators',
    'test_coroutines',
    'test_exceptions',
    'test_traceback',
    'test_contextlib',
    'test_weakref',
    'test_gc',
    'test_typing',
    'test_enum',
    'test_dataclasses',
  ],
  'Data and algorithms': [
    'test_collections',
    'test_itertools',
    'test_functools',
    'test_operator',
    'test_heapq',
    'test_bisect',
    'test_copy',
    'test_pickle',
    'test_struct',
    'test_difflib',
    'test_textwrap',
    'test_re',
  ],
  Numbers: [
    'test_math',
    'test_cmath',
    'test_decimal',
    'test_fractions',
    'test_statistics',
    'test_random',
  ],
  'Dates and times': ['test_datetime', 'test_zoneinfo', 'test_calendar'],
  'Formats and storage': [
    'test_json',
    'test_csv',
    'test_configparser',
    'test_xml_etree',
    'test_minidom',
    'test_base64',
    'test_hashlib',
    'test_uuid',
    'test_zlib',
    'test_bz2',
    'test_lzma',
    'test_sqlite3',
  ],
  'Files and programs': [
    'test_io',
    'test_os',
    'test_pathlib',
    'test_tempfile',
    'test_argparse',
    'test_unittest',
    'test_asyncio',
  ],
};

export const all = Object.values(groups).flat();

/** A few seconds each, and together a bit of everything. */
export const quick = [
  'test_json',
  'test_heapq',
  'test_bisect',
  'test_math',
  'test_enum',
  'test_csv',
  'test_zlib',
  'test_uuid',
  'test_textwrap',
];

/**
 * CPython skips these as a whole because some of their tests need what is not here. They are loaded all the
 * same; `allow` in guest.py says what each word does.
 */
export const loads = {
  test_argparse: ['processes'],
  test_asyncio: ['sockets to import'],
  test_bytes: ['_testlimitedcapi'],
  test_traceback: ['debug ranges', 'exception_print'],
  test_unittest: ['sockets'],
};
