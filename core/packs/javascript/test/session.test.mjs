// Owns the tests of what stays between runs, of calls by name, inputs and other globals.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

test('the value is the last expression', () => {
  const s = new Sandbox();
  assert.equal(s.value('1 + 1'), 2);
  assert.equal(s.value('const a = 1; a + 1;'), 2);
  assert.equal(s.value('if (true) { 5 } else { 6 }'), 5);
  assert.equal(s.value('var v = 3'), null);
  assert.equal(s.value(''), null);
  assert.equal(s.value('// only a comment'), null);
  assert.equal(s.value('#!/usr/bin/env node\n7'), 7);
  assert.equal(s.value("'use strict'; (function () { return this })() === undefined"), true);
});

test('the top level stays from run to run', () => {
  const s = new Sandbox();
  s.value(
    'let a = 1; const b = 2; var c = 3; function f() { return a + b + c } class K {}; globalThis.d = 4',
  );
  assert.equal(s.value('f() + d'), 10);
  s.value('a = 10');
  assert.equal(s.value('f()'), 15);
  assert.equal(s.value('await null; typeof K + a'), 'function10');
});

test('what was declared can be declared again, and older functions see it', () => {
  const s = new Sandbox();
  s.value('let x = 1; const see = () => x');
  assert.equal(s.value('let x = 2; see()'), 2);
  assert.equal(s.value('const x = 3; see()'), 3);
  assert.equal(s.value('var x = 4; see()'), 4);
  assert.equal(s.value('let x = 5; see()'), 5);
  assert.equal(s.value('function x() {} typeof see()'), 'function');
  assert.equal(s.value('class x {} typeof see()'), 'function');
  assert.equal(s.value('await null; const x = 6; see()'), 6);
  assert.equal(s.run('let x = (() => { throw new Error("no") })()').status, 'threw');
  assert.equal(s.value('let x = 7; see()'), 7);
  assert.equal(s.run('let y = 1; let y = 2').value.type, 'SyntaxError');
  assert.equal(s.run('let undefined = 1').status, 'threw');
  assert.equal(s.value('typeof undefined'), 'undefined');
});

test('after an exception the session goes on', () => {
  const s = new Sandbox();
  s.value('let n = 1');
  assert.equal(s.run('n = 2; throw new Error("x")').status, 'threw');
  assert.equal(s.run('syntax error').value.type, 'SyntaxError');
  assert.equal(s.value('n'), 2);
});

test('functions are called by name, with state and as methods', () => {
  const s = new Sandbox();
  s.value('let sum = 0; function add(a, b = 1) { sum += a + b; return sum }');
  s.value(
    'const math = { base: 10, plus(n) { return this.base + n }, deep: { f: () => "deep" } }; let lambda = (x) => [x]',
  );
  assert.equal(s.call('add', 2, 3).value, 5);
  assert.equal(s.call('add', 1).value, 7);
  assert.equal(s.call('math.plus', 5).value, 15);
  assert.equal(s.call('math.deep.f').value, 'deep');
  assert.deepEqual(s.call('lambda', { a: 1 }).value[0].a, 1);
  s.value('class P { m() { return this.constructor.name } }; const p = new P()');
  assert.equal(s.call('p.m').value, 'P');
  s.value('async function later(n) { await null; return n * 2 }');
  assert.equal(s.call('later', 21).value, 42);
});

test('a function that is not there is named', () => {
  const s = new Sandbox();
  s.value('let five = 5; const o = { n: null }');
  for (const name of [
    'nothing',
    'five',
    'o.x',
    'o.n.f',
    'o.',
    '.o',
    '',
    'a b',
    'toString',
    'five.x',
  ]) {
    const outcome = s.call(name);
    assert.equal(outcome.status, 'missing', name);
    assert.equal(outcome.value.name, name);
  }
  s.value('o.bad = { get f() { throw new Error("getter") } }; 0');
  assert.equal(s.call('o.bad.f').value.message, 'getter');
});

test('code can be run and a function called in one request', () => {
  const s = new Sandbox();
  const outcome = s.run('function twice(n) { return 2 * n * k }', {
    inputs: { k: 10 },
    function: 'twice',
    args: [3],
  });
  assert.equal(outcome.value, 60);
  assert.equal(s.run('1', { function: 'none', args: [] }).status, 'missing');
  assert.equal(s.run('throw new Error("first")', { function: 'twice' }).value.message, 'first');
});

test('inputs are global variables and win over what was there', () => {
  const s = new Sandbox();
  assert.equal(s.value('a + b', { inputs: { a: 1, b: 2 } }), 3);
  assert.equal(s.value('a'), 1);
  s.value('let c = 1; var d = 1; const getD = () => d');
  assert.equal(s.value('c + d', { inputs: { c: 10, d: 20 } }), 30);
  assert.equal(s.value('getD()'), 20);
  assert.equal(s.value('globalThis["odd name"]', { inputs: { 'odd name': 5 } }), 5);
  assert.equal(s.value('a = 5; a', { inputs: { a: 1 } }), 5);
  assert.equal(s.run('1', { inputs: { undefined: 1 } }).status, 'threw');
});

test('env and scriptArgs are what the request says', () => {
  const s = new Sandbox();
  assert.deepEqual(s.value('[env.HOME, scriptArgs]', { env: { HOME: '/h' }, argv: ['a', 'b'] }), [
    '/h',
    ['a', 'b'],
  ]);
  assert.deepEqual(s.value('[env.HOME ?? null, scriptArgs.length]'), [null, 0]);
  assert.equal(s.value('const env = 5; env'), 5);
  assert.equal(
    s.value('typeof process + typeof require + typeof std + typeof os'),
    'undefined'.repeat(4),
  );
});

test('the warm-up leaves nothing behind', () => {
  const s = new Sandbox({ warm: false, host: { h: () => 1 } });
  s.run(
    'let a = 1; var b = 2; function f() {} globalThis.c = 3; console.group(); setTimeout(() => {}, 5); h()',
    {
      inputs: { d: 1 },
      env: { SECRET: 'x' },
    },
  );
  assert.equal(s.exports.sbx_init(1), 0);
  delete s.host.h;
  assert.equal(
    s.value('[typeof a, typeof b, typeof f, typeof c, typeof d, typeof h, env.SECRET].join()'),
    [...Array(6).fill('undefined'), ''].join(),
  );
  assert.equal(s.run('console.log("flat")').stdout, 'flat\n');
  assert.equal(s.value('let a = 1; let b = 2; let f = 3; a + b + f'), 6);
});

test('random numbers follow the seed', () => {
  const seeded = (s, n) =>
    s.run('[Math.random(), Math.random()]', { seed: new Uint8Array(32).fill(n) }).value;
  const [one, two] = [new Sandbox(), new Sandbox()];
  assert.deepEqual(seeded(one, 1), seeded(two, 1));
  assert.deepEqual(seeded(one, 1), seeded(one, 1));
  assert.notDeepEqual(seeded(one, 2), seeded(one, 3));
  assert.notEqual(seeded(one, 2)[0], seeded(one, 2)[1]);
  for (const n of one.value('Array.from({ length: 1000 }, Math.random)'))
    assert.ok(n >= 0 && n < 1);
  const zero = seeded(one, 0);
  assert.notEqual(zero[0], zero[1]);
});

test('clocks are those of the run', () => {
  const s = new Sandbox();
  s.now = 5_000_000n;
  assert.equal(s.value('Date.now()'), 1_700_000_000_000 + 5000);
  assert.equal(s.value('performance.timeOrigin'), 1_700_000_000_000 + 5000);
  s.now += 250_000n;
  assert.equal(s.value('performance.now()'), 250);
  assert.equal(s.value('new Date().getTimezoneOffset()'), 0);
});

test('collecting garbage keeps what is in use', () => {
  const s = new Sandbox();
  s.value('let keep = { a: [1] }; for (let i = 0; i < 1000; i++) { const x = {}; x.x = x } 0');
  s.exports.sbx_gc();
  assert.equal(s.value('keep.a[0]'), 1);
});
