// Owns the tests of the standard library: everything is imported once, what cannot work says so in a
// sentence, and the parts that are C or data do what they are for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

test('every module of the library can be imported, or says why not', () => {
  const s = new Sandbox();
  const bad = s.value(
    `import _sandbox_library as library, importlib, warnings
warnings.simplefilter('ignore')
bad = {}
for name, entry in sorted(library._index.items()):
    if entry[2] == library.DATA or name in ('antigravity', 'this') or name.endswith('__main__'):
        continue
    try:
        importlib.import_module(name)
    except BaseException as error:
        bad[name] = f'{type(error).__name__}: {error}'
bad`,
    { stack: 1 << 20 },
  );
  const sentences = Object.entries(bad).filter(
    ([, why]) => !/: the sandbox('s| has| loads)/.test(why),
  );
  assert.deepEqual(sentences, []);
  assert.deepEqual(
    Object.keys(bad).filter((name) => !name.startsWith('_pyrepl.')),
    ['concurrent.futures.process'],
  );
  assert.ok(s.value('len(library._index)') > 1000);
});

test('what is missing says why', () => {
  const s = new Sandbox();
  for (const name of [
    'ssl',
    'ctypes',
    'multiprocessing',
    'tkinter',
    'curses',
    'fcntl',
    'pwd',
    'resource',
    'readline',
    'mmap',
    'venv',
    'dbm.gnu',
    'turtle',
  ]) {
    const { value } = s.run(`import ${name}`);
    assert.equal(value.type, 'ModuleNotFoundError', name);
    assert.match(value.message, /^No module named '[\w.]+': the sandbox/, name);
  }
  assert.match(
    s.run('import nothing_like_this').value.message,
    /^No module named 'nothing_like_this'$/,
  );
  assert.match(
    s.run('import socket; socket.create_connection(("localhost", 1))').value.message,
    /no network of its own/,
  );
  assert.match(s.run('import socket; socket.socket()').value.message, /no network of its own/);
  assert.match(
    s.run('import urllib.request; urllib.request.urlopen("http://localhost")').value.message,
    /no network of its own/,
  );
  assert.match(
    s.run('import subprocess; subprocess.run(["ls"])').value.message,
    /does not support processes/,
  );
  assert.equal(s.run('import os; os.system("ls")').status, 'threw');
  assert.match(
    s.run('import _thread; _thread.start_new_thread(print, ())').value.message,
    /one thread/,
  );
});

test('compression', () => {
  const s = new Sandbox();
  for (const name of ['zlib', 'bz2', 'lzma', 'gzip'])
    assert.equal(
      s.value(
        `import ${name}\nd = b'abc' * 10000\nc = ${name}.compress(d)\n${name}.decompress(c) == d and len(c) < 500`,
      ),
      true,
      name,
    );
  assert.equal(
    s.value(
      'import io, tarfile, zipfile\nb = io.BytesIO()\nwith zipfile.ZipFile(b, "w", zipfile.ZIP_LZMA) as z: z.writestr("a", "x" * 1000)\nzipfile.ZipFile(b).read("a").decode()',
    ),
    'x'.repeat(1000),
  );
});

test('databases', () => {
  const s = new Sandbox();
  assert.deepEqual(
    s
      .value(`import sqlite3
c = sqlite3.connect(':memory:')
c.execute('create virtual table t using fts5(x)')
c.executemany('insert into t values (?)', [('a fox',), ('a dog',)])
c.create_function('twice', 1, lambda x: x * 2)
[c.execute("select x from t where t match 'fox'").fetchall(), c.execute("select twice(21), json_extract('{\\"a\\": [1]}', '$.a[0]'), sqrt(4)").fetchone()]`)
      .flat(2)
      .map(Number.isFinite)
      .join(),
    'false,true,true,false',
  );
  assert.equal(s.run('c.execute("nonsense")').value.type, 'OperationalError');
});

test('digests, numbers, text, time, markup', () => {
  const s = new Sandbox();
  for (const [code, value] of [
    ['import hashlib\nhashlib.md5(b"").hexdigest()', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['hashlib.sha256(b"abc").hexdigest()[:16]', 'ba7816bf8f01cfea'],
    ['hashlib.new("sha3_256", b"").hexdigest()[:16]', 'a7ffc6f8bf1ed766'],
    ['hashlib.blake2b(b"", digest_size=4).hexdigest()', '1271cf25'],
    ['import hmac\nhmac.new(b"k", b"m", "sha256").hexdigest()[:8]', 'b60090e3'],
    ['import decimal\nstr(decimal.Decimal(1) / 7)', '0.1428571428571428571428571429'],
    ['import unicodedata\nunicodedata.name("é")', 'LATIN SMALL LETTER E WITH ACUTE'],
    ['"é".encode("shift_jis", "replace").decode() + "日本".encode("euc_jp").hex()', '?c6fccbdc'],
    ['import re\nre.sub(r"(\\w+) (\\w+)", r"\\2 \\1", "a b")', 'b a'],
    ['import xml.etree.ElementTree as E\nE.fromstring("<a><b>t</b></a>").find("b").text', 't'],
    ['import html.parser, json, csv, io\nnext(csv.reader(io.StringIO("a,\\"b,c\\"")))[1]', 'b,c'],
    [
      'import pickle, collections\npickle.loads(pickle.dumps(collections.OrderedDict(a=1)))["a"]',
      1,
    ],
    ['import statistics\nstatistics.median([3, 1, 2])', 2],
    ['import struct, array, binascii\nstruct.pack("<I", 1).hex()', '01000000'],
    ['import zoneinfo\nlen(zoneinfo.available_timezones()) > 500', true],
    [
      'import time\ntime.sleep(2); t = time.monotonic(); time.sleep(1.5); round(time.monotonic() - t, 3) == 1.5',
      true,
    ],
    ['import datetime\ndatetime.datetime.now(datetime.timezone.utc).year', 2023],
    ['import uuid, secrets\nlen({uuid.uuid4(), uuid.uuid4(), secrets.token_hex()})', 3],
    ['import platform\nplatform.python_version()', '3.13.5'],
    ['import tomllib\ntomllib.loads("a = 1")["a"]', 1],
    ['import textwrap\ntextwrap.shorten("a b c d", 5)', '[...]'],
    ['import inspect\ndef f(a): return a\ninspect.getsource(f)', 'def f(a): return a\n'],
    [
      'import doctest, unittest\nclass T(unittest.TestCase):\n  def test(self): self.assertEqual(1, 1)\nunittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(T)).wasSuccessful()',
      true,
    ],
    ['import concurrent.futures\nconcurrent.futures.Future().done()', false],
    ['import sys\nsys.version.startswith("3.13.5")', true],
    [
      'import email.message\nm = email.message.EmailMessage(); m["To"] = "a@b"; m.as_string()',
      'To: a@b\n\n',
    ],
    ['import locale, gettext, calendar\ncalendar.month(2024, 2).split()[0]', 'February'],
  ]) {
    const got = s.value(code);
    if (value !== null) assert.equal(got, value, code);
  }
});
