// SQLite's files: several connections to one, locks as SQLite has them, journals, what is left after a crash.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

function within(work) {
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
  try {
    const s = new Sandbox({ folders: { '/': folder } });
    s.value(`import sqlite3, os
def connect(path='/a.db', **more):
    return sqlite3.connect(path, timeout=0, isolation_level=None, **more)
def refused(c, sql):
    try:
        c.execute(sql)
    except sqlite3.OperationalError as e:
        return str(e)
a, b = connect(), connect()
a.execute('create table t(x)')
None`);
    work(s, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs statements whose last has a value that is of no interest. */
const did = (s, code) => s.value(`${code}\nNone`);
const locked = 'database is locked';

test('two connections see what the other has committed', () =>
  within((s) => {
    did(s, "a.execute('insert into t values (1)')");
    assert.deepEqual(s.value("b.execute('select x from t').fetchall() == [(1,)]"), true);
    did(s, "b.execute('insert into t values (2)')");
    assert.equal(s.value("a.execute('select sum(x) from t').fetchone()[0]"), 3);
  }));

test('one writes at a time, and others read until it commits', () =>
  within((s) => {
    did(s, "a.execute('begin immediate'); a.execute('insert into t values (1)')");
    assert.equal(s.value("refused(b, 'begin immediate')"), locked);
    assert.equal(s.value("refused(b, 'insert into t values (2)')"), locked);
    assert.equal(s.value("b.execute('select count(*) from t').fetchone()[0]"), 0);
    did(s, "a.execute('commit')");
    assert.equal(s.value("b.execute('select count(*) from t').fetchone()[0]"), 1);
    assert.equal(s.value("refused(b, 'begin immediate')"), null);
    assert.equal(s.value("refused(a, 'insert into t values (3)')"), locked);
    did(s, "b.execute('rollback')");
    assert.equal(s.value("refused(a, 'insert into t values (3)')"), null);
  }));

test('a reader keeps a writer from committing, not from writing', () =>
  within((s) => {
    did(
      s,
      "a.execute('insert into t values (1)'); b.execute('begin'); b.execute('select * from t').fetchall()",
    );
    did(s, "a.execute('begin'); a.execute('insert into t values (2)')");
    assert.equal(s.value("refused(a, 'commit')"), locked);
    assert.equal(s.value("refused(connect(), 'select * from t')"), locked);
    did(s, "b.execute('commit')");
    assert.equal(s.value("refused(a, 'commit')"), null);
    assert.equal(s.value("b.execute('select count(*) from t').fetchone()[0]"), 2);
  }));

test('exclusive keeps all others out', () =>
  within((s) => {
    did(s, "a.execute('begin exclusive')");
    assert.equal(s.value("refused(b, 'select * from t')"), locked);
    did(s, 'a.close()');
    assert.equal(s.value("refused(b, 'select * from t')"), null);
  }));

test('many connections, one file by several names, and other files', () =>
  within((s) => {
    assert.equal(
      s.value(`all = [connect() for _ in range(40)]
for i, c in enumerate(all): c.execute('insert into t values (?)', (i,))
sum(c.execute('select count(*) from t').fetchone()[0] for c in all)`),
      1600,
    );
    did(s, "os.mkdir('/d'); a.execute('begin immediate')");
    assert.equal(s.value("refused(connect('/d/../a.db'), 'begin immediate')"), locked);
    assert.equal(s.value("refused(connect('a.db'), 'begin immediate')"), locked);
    assert.equal(s.value("refused(connect('/b.db'), 'begin immediate')"), null);
    assert.equal(
      s.value("refused(connect('file:/a.db?mode=ro', uri=True), 'select * from t')"),
      null,
    );
  }));

test('a journal that was left behind is rolled back', () =>
  within((s, folder) => {
    did(s, "a.executemany('insert into t values (?)', [('x' * 1000,)] * 500)");
    // What is on the disk in the middle of a transaction, as after a crash, under other names.
    assert.equal(
      s.value(`import shutil
a.execute('pragma cache_size = 5'); a.execute('begin immediate'); a.execute("update t set x = 'changed'")
shutil.copy('/a.db', '/c.db'); shutil.copy('/a.db-journal', '/c.db-journal')
a.execute('rollback')
os.path.exists('/a.db-journal')`),
      false,
    );
    assert.ok(existsSync(join(folder, 'c.db-journal')));
    assert.equal(
      s.value(
        "connect('/c.db').execute(\"select count(*) from t where x = 'changed'\").fetchone()[0]",
      ),
      0,
    );
    assert.equal(existsSync(join(folder, 'c.db-journal')), false);
    assert.equal(s.value("connect('/c.db').execute('pragma integrity_check').fetchone()[0]"), 'ok');
  }));

test('nothing is left beside the file', () =>
  within((s, folder) => {
    did(
      s,
      "a.execute('insert into t values (1)'); b.execute('select * from t').fetchall(); a.close(); b.close()",
    );
    assert.deepEqual(readdirSync(folder), ['a.db']);
  }));

test('journal modes, and closing with a lock held', () =>
  within((s) => {
    for (const mode of ['truncate', 'persist', 'memory', 'delete']) {
      assert.equal(s.value(`a.execute('pragma journal_mode = ${mode}').fetchone()[0]`), mode);
      did(s, "a.execute('begin'); a.execute('insert into t values (1)')");
      assert.equal(s.value("refused(b, 'begin immediate')"), locked);
      did(s, "a.execute('rollback')");
    }
    did(s, "a.execute('begin exclusive'); a = None");
    assert.equal(s.value("import gc; gc.collect(); refused(b, 'begin immediate')"), null);
  }));

test('waiting for a lock ends when its time has passed', () =>
  within((s) => {
    did(s, "a.execute('begin immediate')");
    const before = s.now;
    assert.equal(
      s.value("refused(sqlite3.connect('/a.db', timeout=2), 'begin immediate')"),
      locked,
    );
    assert.ok(s.now - before >= 1_900_000n);
  }));
