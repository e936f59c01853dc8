// Owns the tests of exceptions: type, message, stack, and what happens to a run that throws.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError, Later, Sandbox } from './host.mjs';

const sandbox = new Sandbox();

function thrown(code, entries) {
  const outcome = sandbox.run(code, entries);
  assert.equal(outcome.status, 'threw', code);
  return outcome.value;
}

test('type and message', () => {
  const cases = [
    ['throw new Error("a")', 'Error', 'a'],
    ['null.x', 'TypeError', /null/],
    ['missing', 'ReferenceError', /missing/],
    ['1 +', 'SyntaxError', /./],
    ['class Own extends Error {} throw new Own("b")', 'Own', 'b'],
    [
      'class N extends Error { constructor(m) { super(m); this.name = "Named" } } throw new N("c")',
      'Named',
      'c',
    ],
    ['throw "text"', 'Error', 'text'],
    ['throw { code: 5 }', 'Error', '{ code: 5 }'],
    ['throw { name: "Like", message: "an error" }', 'Like', 'an error'],
    ['throw null', 'Error', 'null'],
    ['throw undefined', 'Error', 'undefined'],
    ['throw Symbol("s")', 'Error', 'Symbol(s)'],
    ['throw new AggregateError([1], "many")', 'AggregateError', 'many'],
    ['await Promise.reject(new RangeError("late"))', 'RangeError', 'late'],
    ['Promise.reject(new RangeError("last"))', 'RangeError', 'last'],
    ['throw new Error("é🦀\\0")', 'Error', 'é🦀\0'],
    ['throw new Error("\\ud800")', 'Error', '\ufffd'],
    ['throw Object.defineProperty(new Error("x"), "name", { get() { throw 1 } })', 'Error', 'x'],
    ['throw new Proxy({}, { get() { throw 1 } })', 'Error', /./],
  ];
  for (const [code, type, message] of cases) {
    const error = thrown(code);
    assert.equal(error.type, type, code);
    if (message instanceof RegExp) assert.match(error.message, message);
    else assert.equal(error.message, message, code);
    assert.equal(error.hostError, undefined);
  }
});

test('stacks name the file and the right lines', () => {
  const code =
    'function inner() {\n  throw new Error("deep");\n}\nfunction outer() {\n  inner();\n}\n\nouter();';
  const { stack } = thrown(code, { file: 'dir/user file.js' });
  const lines = stack.split('\n');
  assert.equal(lines[0], 'Error: deep');
  assert.match(lines[1], /at inner \(dir\/user file\.js:2:/);
  assert.match(lines[2], /at outer \(dir\/user file\.js:5:/);
  assert.match(lines[3], /\(dir\/user file\.js:8:/);
  assert.equal(lines.length, 4);
  assert.match(thrown('\n\n  let = = 1', { file: 'f.js' }).stack, /f\.js:3/);
  assert.match(thrown('await null;\nthrow new Error("x")', { file: 'f.js' }).stack, /f\.js:2/);
  assert.match(thrown('x.y', { file: '' }).stack, /<main>:1/);
});

test('no frame of the bootstrap is seen', () => {
  for (const code of [
    'const o = { get a() { throw new Error("x") } }; console.log(o); o.a',
    'console.log(new Proxy({}, { get() { throw new Error("y") } })); throw new Error("x")',
    'setTimeout(() => { throw new Error("x") }, 1)',
    'setTimeout(5)',
    'queueMicrotask(1)',
    'queueMicrotask(() => { throw new Error("x") })',
    '[1].map(() => { throw new Error("x") })',
  ]) {
    assert.doesNotMatch(thrown(code).stack, /console>|<boot|missing/, code);
  }
});

test('long texts are cut, and fit into the limit', () => {
  assert.equal(thrown('throw new Error("é".repeat(1e6))').message.length, 32768);
  const small = thrown('throw new Error("x".repeat(1e6))', { maxBytes: 1024 });
  assert.equal(small.message, 'x'.repeat(128));
});

test('a timer or microtask that throws ends the run, and takes the others with it', () => {
  const outcome = sandbox.run(
    'setTimeout(() => { throw new TypeError("timer") }, 1); setTimeout(() => console.log("no"), 2); 5',
  );
  assert.deepEqual([outcome.status, outcome.value.message, outcome.stdout], ['threw', 'timer', '']);
  assert.equal(sandbox.run('1').stdout, '');
  assert.equal(
    thrown('queueMicrotask(() => { throw new TypeError("micro") }); 5').message,
    'micro',
  );
});

test('an exception drops what was still to come', () => {
  const outcome = sandbox.run('setTimeout(() => console.log("no"), 1); throw new Error("x")');
  assert.equal(outcome.stdout, '');
  assert.equal(sandbox.run('await new Promise((r) => setTimeout(r, 50)); 1').stdout, '');
});

test('a rejection that nobody looks after is reported once', () => {
  const { status, stderr } = sandbox.run(
    'Promise.reject(new Error("lost")); Promise.reject({ a: 1 }); 5',
  );
  assert.equal(status, 'ok');
  assert.match(
    stderr,
    /^Uncaught \(in promise\) Error: lost\n {4}at .*main\.js:1:\d+\)\nUncaught \(in promise\) \{ a: 1 \}\n$/,
  );
  assert.equal(sandbox.run('1').stderr, '');
  assert.equal(sandbox.run('const p = Promise.reject(1); p.catch(() => {}); 5').stderr, '');
  assert.equal(sandbox.run('try { await Promise.reject(1) } catch {} 5').stderr, '');
  assert.equal(sandbox.run('await Promise.reject(1)').stderr, '');
  assert.equal(sandbox.run('Promise.reject(1)').stderr, '');
});

test("the host's error keeps its class, code and details, and is known when nobody catches it", () => {
  const map = {
    type: 'RangeError',
    message: 'too far',
    code: 'E_FAR',
    details: { limit: 5 },
    function: 'fail',
  };
  const s = new Sandbox({
    host: {
      fail: () => {
        throw new HostError(map);
      },
      plain: () => {
        throw new HostError({ type: 'OwnError', message: 'own', code: null, details: {} });
      },
      later: () => new Later(({ reject }) => reject(new HostError(map))),
    },
  });
  const caught = s.value(
    'try { fail() } catch (e) { [e instanceof RangeError, e.name, e.message, e.code, e.details.limit, Object.keys(e).join()] }',
  );
  assert.deepEqual(caught, [true, 'RangeError', 'too far', 'E_FAR', 5, 'code,details']);
  assert.deepEqual(
    s.value('try { plain() } catch (e) { [e instanceof Error, e.name, "code" in e] }'),
    [true, 'OwnError', false],
  );
  for (const code of [
    'fail()',
    'await later()',
    'later()',
    'try { fail() } finally {}',
    'let e; try { fail() } catch (x) { e = x } throw e',
  ]) {
    const { status, value } = s.run(code);
    assert.equal(status, 'threw', code);
    assert.equal(value.type, 'RangeError');
    assert.deepEqual({ ...value.hostError, details: { ...value.hostError.details } }, map, code);
  }
  assert.match(
    s.run('function f() {\n fail() }\nf()').value.stack,
    /too far\n {4}at f \(main\.js:2:/,
  );
  assert.match(
    s.run('async function f() {\n await later() }\nawait f()').value.stack,
    /main\.js:2:/,
  );
  for (const code of [
    'try { fail() } catch (e) { throw new Error(e.message, { cause: e }) }',
    'try { fail() } catch (e) { throw { ...e } }',
    'try { fail() } catch (e) { throw Object.create(e) }',
  ]) {
    assert.equal(s.run(code).value.hostError, undefined, code);
  }
  assert.equal(
    s.value('try { fail() } catch (e) { Reflect.ownKeys(e).map(String).sort().join() }'),
    'code,details,message,name',
  );
});
