// Owns the tests of the console: where lines go and how values are shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

const sandbox = new Sandbox();
const shown = (code) => sandbox.run(code).stdout;

test('values are shown the way people read them', () => {
  const cases = [
    ['"text"', 'text'],
    ['["text", 1, -0, 5n, null, undefined, true]', "[ 'text', 1, -0, 5n, null, undefined, true ]"],
    ['["it\'s", \'a "b"\', "line\\nbreak"]', `[ "it's", 'a "b"', 'line\\nbreak' ]`],
    ['{ a: 1, "b c": [], d: {} }', "{ a: 1, 'b c': [], d: {} }"],
    ['{ a: { b: { c: { d: 1 } } } }', '{ a: { b: { c: [Object] } } }'],
    ['[[[[1]]]]', '[ [ [ [Array] ] ] ]'],
    ['new Map([["k", { v: 1 }], [2, 3]])', "Map(2) { 'k' => { v: 1 }, 2 => 3 }"],
    ['new Set([1, "b"])', "Set(2) { 1, 'b' }"],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['new Date(NaN)', 'Invalid Date'],
    ['new Uint8Array([1, 2])', 'Uint8Array(2) [ 1, 2 ]'],
    ['new Uint8Array([1, 2]).buffer', 'ArrayBuffer(2) [ 1, 2 ]'],
    ['new Float64Array([0.5, -0])', 'Float64Array [ 0.5, -0 ]'],
    ['/a+/gi', '/a+/gi'],
    ['Symbol("s")', 'Symbol(s)'],
    ['() => 1', '[Function (anonymous)]'],
    ['function f() {}', '[Function: f]'],
    ['class K {}', '[class K]'],
    ['new (class K { constructor() { this.a = 1 } })()', 'K { a: 1 }'],
    ['Object.create(null)', '[Object: null prototype] {}'],
    [
      '{ get a() { return 1 }, set b(v) {}, get c() { return 1 }, set c(v) {} }',
      '{ a: [Getter], b: [Setter], c: [Getter/Setter] }',
    ],
    ['Promise.resolve(1)', 'Promise { 1 }'],
    ['new Promise(() => {})', 'Promise { <pending> }'],
    ['new WeakMap()', 'WeakMap { <items unknown> }'],
    ['[Object(1), Object("s")]', "[ [Number: 1], [String: 's'] ]"],
    ['[1, , 3]', '[ 1, <empty>, 3 ]'],
    ['Object.assign([1], { extra: 2 })', '[ 1, extra: 2 ]'],
    ['new Proxy({ a: 1 }, { get() { throw 1 }, ownKeys() { throw 2 } })', '{ a: 1 }'],
    ['{ [Symbol("k")]: 1 }', '{ [Symbol(k)]: 1 }'],
    ['globalThis.console[Symbol.toStringTag]', 'console'],
  ];
  for (const [value, expected] of cases)
    assert.equal(shown(`console.log(${value}); 0`), `${expected}\n`, value);
});

test('cycles, long lists and long lines', () => {
  assert.equal(
    shown('{ const c = { a: [] }; c.a.push(c); console.log(c) } 0'),
    '{ a: [ [Circular] ] }\n',
  );
  assert.match(
    shown('console.log(Array.from({ length: 150 }, () => 0)); 0'),
    /\.\.\. 50 more items\n\]\n$/,
  );
  assert.equal(
    shown('console.log({ first: "x".repeat(40), second: { third: "y".repeat(40) } }); 0'),
    `{\n  first: '${'x'.repeat(40)}',\n  second: { third: '${'y'.repeat(40)}' }\n}\n`,
  );
});

test('errors are shown with their stack, fields and cause', () => {
  const text = shown(
    'console.log(Object.assign(new TypeError("m", { cause: new Error("c") }), { code: 5 })); 0',
  );
  assert.match(
    text,
    /^TypeError: m\n {4}at .*\(main\.js:1:\d+\) \{\n {2}code: 5,\n {2}\[cause\]: Error: c\n/,
  );
  assert.match(shown('class Own extends Error {} console.log(new Own("m")); 0'), /^Own: m\n/);
});

test('formats are those of other consoles', () => {
  assert.equal(
    shown('console.log("%s is %d years and %i, %f", "Bob", 42, 42.9, "1.5"); 0'),
    'Bob is 42 years and 42, 1.5\n',
  );
  assert.equal(
    shown('console.log("%j %o %O %c.", { a: 1 }, [1], { b: 2 }, "css"); 0'),
    '{"a":1} [ 1 ] { b: 2 } .\n',
  );
  assert.equal(shown('console.log("100%", 5, "%x", "%%"); 0'), '100% 5 %x %%\n');
  assert.equal(shown('console.log("%% %s"); 0'), '%% %s\n');
  assert.equal(shown('console.log("%% %s", 1, 2); 0'), '% 1 2\n');
  assert.equal(shown('console.log(); 0'), '\n');
});

test('each method writes where it belongs', () => {
  const { stdout, stderr } = sandbox.run(`
    console.log('log'); console.info('info'); console.debug('debug'); console.dir({ a: 1 });
    console.warn('warn'); console.error('error'); console.assert(true, 'no'); console.assert(false, 'held', 1);
    console.group('outer'); console.log('in\\nside'); console.group(); console.log('deep'); console.groupEnd();
    console.groupEnd(); console.groupEnd(); console.count(); console.count(); console.countReset(); console.count();
    console.time('t'); console.timeEnd('t'); 0`);
  assert.deepEqual(stdout.split('\n'), [
    'log',
    'info',
    'debug',
    '{ a: 1 }',
    'outer',
    '  in',
    '  side',
    '    deep',
    'default: 1',
    'default: 2',
    'default: 1',
    't: 0ms',
    '',
  ]);
  assert.deepEqual(stderr.split('\n'), ['warn', 'error', 'Assertion failed: held 1', '']);
});

test('a trace shows the frames of its caller and no others', () => {
  const { stderr } = sandbox.run('function f() {\n console.trace("here", 1) }\nf()');
  assert.match(
    stderr,
    /^Trace: here 1\n {4}at f \(main\.js:2:\d+\)\n {4}at <eval> \(main\.js:3:\d+\)\n$/,
  );
});

test('output comes in order and whole, however long', () => {
  const { stdout } = sandbox.run(
    'for (let i = 0; i < 5000; i++) console.log("line " + i); console.log("é".repeat(50000)); 0',
  );
  const lines = stdout.split('\n');
  assert.equal(lines.length, 5002);
  assert.equal(lines[4999], 'line 4999');
  assert.equal(lines[5000].length, 50000);
});

test('showing a value runs no code of the guest', () => {
  const { stdout, stderr } = sandbox.run(`
    const traps = { get() { throw 1 }, ownKeys() { throw 1 }, getPrototypeOf() { throw 1 }, getOwnPropertyDescriptor() { throw 1 } };
    const touchy = { get x() { throw 1 }, toString() { throw 1 }, toJSON() { throw 1 }, [Symbol.toPrimitive]() { throw 1 } };
    console.log(new Proxy({}, traps), [new Proxy([], traps)]);
    console.log(Object.create(new Proxy({}, traps)));
    console.error(Object.create({ get constructor() { throw 1 } }), touchy);
    console.log(Object.defineProperty(new Error('m'), 'message', { get() { throw 1 } }));
    0`);
  assert.match(stdout, /^\{\} \[ \[\] \]\n/);
  assert.doesNotMatch(stdout + stderr, /cannot be shown/);
});
