// Owns the tests of values: exact in both directions, and refused with a path where they have no form.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datetime, float, int } from '../../shared/test/codec.mjs';
import { HostError, Sandbox } from './host.mjs';

const plain = (value) => JSON.parse(JSON.stringify(value));

test('the value is that of the last expression', () => {
  const s = new Sandbox();
  assert.equal(s.value('1 + 1'), 2);
  assert.equal(s.value('x = 5'), null);
  assert.equal(s.value('x\n# the end\n'), 5);
  assert.equal(s.value('if True:\n  7'), null);
  assert.equal(s.value('"only a string"'), 'only a string');
  assert.equal(s.value(''), null);
  assert.equal(s.value('None; 3; '), 3);
});

test('numbers are exact', () => {
  const s = new Sandbox();
  const same = (value) => assert.deepEqual(s.value('x', { inputs: { x: value } }), value);
  same(0);
  same(2 ** 53 - 1);
  same(int(2n ** 63n - 1n));
  same(int(-(2n ** 63n)));
  same(2n ** 63n);
  same(-(2n ** 63n) - 1n);
  same(2n ** 64n - 1n);
  same(2n ** 1000n + 12345n);
  same(-(2n ** 128n));
  same(0.1);
  same(float(1));
  same(float(-0));
  same(Infinity);
  same(-Infinity);
  assert.ok(Number.isNaN(s.value('float("nan")')));
  assert.ok(Number.isNaN(s.value('x', { inputs: { x: Number.NaN } })));
  assert.equal(
    s
      .value('[type(x).__name__ for x in (a, b, c)]', { inputs: { a: 1, b: float(1), c: true } })
      .join(),
    'int,float,bool',
  );
  for (const bits of [7, 8, 62, 63, 64, 65, 71, 72, 127, 128, 255, 256]) {
    for (const sign of [1n, -1n]) {
      for (const off of [-1n, 0n, 1n]) {
        const n = sign * (2n ** BigInt(bits) + off);
        const got = s.value(`${n}`);
        assert.equal(typeof got === 'object' ? got.value : BigInt(got), n);
      }
    }
  }
});

test('text, bytes, containers and moments', () => {
  const s = new Sandbox();
  const same = (value) => assert.deepEqual(s.value('x', { inputs: { x: value } }), value);
  same('');
  same('a\0é\u{1f980}\uffff');
  same(new Uint8Array([0, 255, 10]));
  same([]);
  same([1, [2, [3, null, true, false]], 'x']);
  same(
    new Map(
      [
        [1, 'a'],
        [true, 'b'],
      ].slice(0, 1),
    ),
  );
  assert.deepEqual(
    plain(s.value('x', { inputs: { x: { a: { b: [1] }, '': 2, __proto__x: 3 } } })),
    { a: { b: [1] }, '': 2, __proto__x: 3 },
  );
  assert.deepEqual(s.value('{(1, 2): 3}'), new Map([[[1, 2], 3]]));
  assert.equal(s.value('x[(1, 2)]', { inputs: { x: new Map([[[1, 2], 3]]) } }), 3);
  for (const [micros, offset] of [
    [0, 0],
    [-1, -330],
    [1_700_000_000_123_456, 60],
    [-62_135_596_800_000_000, 0],
    [253_402_300_799_999_999n, 0],
  ]) {
    assert.deepEqual(s.value('x', { inputs: { x: datetime(micros, offset) } }), {
      micros: BigInt(micros),
      offset,
    });
  }
  assert.equal(
    s.value('x.isoformat()', { inputs: { x: datetime(0, 90) } }),
    '1970-01-01T01:30:00+01:30',
  );
  assert.equal(s.run('x', { inputs: { x: datetime(2n ** 62n, 0) } }).value.type, 'OverflowError');
  assert.deepEqual(s.value('import datetime\ndatetime.datetime(1970, 1, 1, 0, 0, 1)'), {
    micros: 1_000_000n,
    offset: 0,
  });
  assert.deepEqual(
    s.value(
      'import zoneinfo\ndatetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("America/New_York"))',
    ),
    { micros: 1_719_806_400_000_000n, offset: -240 },
  );
});

test('objects with a simple form leave in it', () => {
  const s = new Sandbox();
  const leaves = (code, value) => assert.deepEqual(plain(s.value(code)), value, code);
  leaves('(1, (2, 3))', [1, [2, 3]]);
  leaves('sorted({3, 1}) + list(frozenset([2]))', [1, 3, 2]);
  leaves('{5}', [5]);
  leaves('frozenset([5])', [5]);
  leaves('range(3)', [0, 1, 2]);
  leaves('import collections as c\nc.deque([1, 2])', [1, 2]);
  leaves('c.OrderedDict(b=1, a=2)', { b: 1, a: 2 });
  leaves('d = c.OrderedDict(b=1, a=2); d.move_to_end("b"); list(d), d', [
    ['a', 'b'],
    { a: 2, b: 1 },
  ]);
  leaves('c.Counter("aab")', { a: 2, b: 1 });
  leaves('dd = c.defaultdict(list); dd["x"].append(1); dd', { x: [1] });
  leaves('P = c.namedtuple("P", "x y"); P(1, 2)', [1, 2]);
  leaves('{"a": 1}.keys()', ['a']);
  leaves('{"a": 1}.values()', [1]);
  leaves('{"a": 1}.items()', [['a', 1]]);
  leaves(
    'import dataclasses\n@dataclasses.dataclass\nclass D:\n  a: int\n  b: list\nD(1, [D(2, [])])',
    { a: 1, b: [{ a: 2, b: [] }] },
  );
  leaves(
    'import enum\nclass E(enum.Enum):\n  A = "x"\nclass I(enum.IntEnum):\n  B = 2\n[E.A, I.B]',
    ['x', 2],
  );
  leaves('import decimal\ndecimal.Decimal("0.10")', '0.10');
  leaves('import fractions\nfractions.Fraction(1, 3)', '1/3');
  leaves('import uuid\nuuid.UUID(int=1)', '00000000-0000-0000-0000-000000000001');
  leaves('import pathlib\npathlib.Path("a/b")', 'a/b');
  leaves(
    'import datetime\n[datetime.date(2024, 1, 2), datetime.time(3, 4), datetime.timedelta(seconds=1.5)]',
    ['2024-01-02', '03:04:00', 1.5],
  );
  leaves('import array\narray.array("i", [1, 2])', [1, 2]);
  leaves('import types\ntypes.SimpleNamespace(a=1)', { a: 1 });
  leaves('ValueError("no")', { name: 'ValueError', message: 'no' });
  assert.deepEqual(s.value('bytearray(b"ab")'), new Uint8Array([97, 98]));
  assert.deepEqual(s.value('memoryview(b"abc")[1:]'), new Uint8Array([98, 99]));
  assert.equal(s.value('class S(str): pass\nS("s")'), 's');
});

test('what has no form is refused with its path', () => {
  const s = new Sandbox();
  for (const [code, path, message] of [
    ['len', '$', /function/],
    ['[1, {"a": [0, 1, 2, lambda: 0]}]', '$[1].a[3]', /function/],
    ['{"odd name": print}', '$["odd name"]', /function/],
    ['import math\n(math,)', '$[0]', /module/],
    ['int', '$', /class/],
    ['object()', '$', /object of class object/],
    ['class A: pass\n{"x": A()}', '$.x', /class A/],
    ['1j', '$', /complex/],
    ['iter([])', '$', /iterator/],
    ['(x for x in [])', '$', /iterator/],
    ['import io\n[io.StringIO()]', '$[0]', /open file/],
    ['a = []; a.append([a]); a', '$[0][0]', /contains itself/],
    ['d = {}; d["self"] = d; d', '$.self', /contains itself/],
    ['["ok", "\\ud800"]', '$[1]', /surrogate/],
    ['{"\\udfff": 1}', '$[key 0]', /surrogate/],
    ['async def f(): pass\n[f()]', '$[0]', /await/],
    ['memoryview(b"abcd")[::2]', '$', /gaps/],
  ]) {
    const outcome = s.run(code);
    assert.equal(outcome.status, 'refused', code);
    assert.equal(outcome.value.path, path, code);
    assert.match(outcome.value.message, message, code);
  }
  assert.deepEqual(s.value('s = [1]; [s, s]'), [[1], [1]]);
});

test('depth and size have limits', () => {
  const s = new Sandbox();
  s.run('def nest(n):\n  x = 1\n  for _ in range(n): x = [x]\n  return x');
  assert.equal(s.run('nest(5)', { maxDepth: 5 }).status, 'ok');
  const deep = s.run('nest(6)', { maxDepth: 5 });
  assert.equal(deep.value.limit, 'depth');
  assert.equal(deep.value.path, '$[0][0][0][0][0][0]');
  assert.equal(s.run('nest(100000)', { maxDepth: 2 ** 31, stack: 2 << 20 }).value.limit, 'depth');
  for (const code of [
    '"x" * 1000',
    'b"x" * 1000',
    '[0] * 1000',
    '{i: 0 for i in range(1000)}',
    '2 ** 9000',
    '["x" * 300] * 2',
    '"é" * 400',
  ])
    assert.equal(s.run(code, { maxBytes: 512 }).value.limit, 'bytes', code);
  assert.equal(s.run('"x" * 400', { maxBytes: 512 }).status, 'ok');
});

test('what an object does while it is read is an exception of the guest', () => {
  const s = new Sandbox();
  assert.equal(
    s.run('class M(dict):\n  def items(self): raise KeyError("mine")\nM()').value.type,
    'KeyError',
  );
  assert.equal(s.run('class M(dict):\n  def items(self): return [1]\nM()').value.type, 'TypeError');
  assert.equal(
    s.run(
      'import dataclasses\nx = [1, None, 3]\n@dataclasses.dataclass\nclass D:\n  @property\n  def a(self): x.clear(); return 1\n  a: int = a\nclass E:\n  pass\nD.__dataclass_fields__\nx[1] = D.__new__(D)\nx',
    ).value.type,
    'RuntimeError',
  );
});

test('host errors keep what they carry', () => {
  const s = new Sandbox({
    host: {
      fail: () => {
        throw new HostError({
          type: 'ValueError',
          message: 'no good',
          code: 'bad',
          details: { a: 1 },
        });
      },
    },
  });
  const said = s.value(
    'try:\n  fail()\nexcept ValueError as e:\n  r = [isinstance(e, HostError), str(e), e.code, e.details, type(e).__name__]\nr',
  );
  assert.deepEqual(plain(said), [true, 'no good', 'bad', { a: 1 }, 'ValueError']);
});
