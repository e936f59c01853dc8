// Durations, sizes and pairs as people write them, and what is refused.
import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { argument, collectInputs, collectPairs, duration, size } from '../src/units.js';

test('durations', () => {
  expect(['500ms', '5s', '2m', '1h', '1.5s', '0.2ms'].map(duration)).toEqual([
    500, 5_000, 120_000, 3_600_000, 1_500, 1,
  ]);
  for (const bad of ['', '5', 's', '-5s', '0s', '5 days', '1e3s', 'Infinity', '99999999999999h']) {
    expect(() => duration(bad), bad).toThrow(InvalidArgumentError);
  }
});

test('sizes', () => {
  expect(['65536', '64k', '64m', '1g', '64MiB', '1.5K', '10b'].map(size)).toEqual([
    65_536,
    65_536,
    64 << 20,
    1 << 30,
    64 << 20,
    1_536,
    10,
  ]);
  for (const bad of ['', 'm', '-1m', '0', '64x', '1e9', 'NaN', '99999999999999g']) {
    expect(() => size(bad), bad).toThrow(InvalidArgumentError);
  }
});

test('pairs keep everything after the first equals sign, under any name', () => {
  const collect = collectPairs('A=b');
  expect({ ...collect('B=2', collect('A=x=y')) }).toEqual({ A: 'x=y', B: '2' });
  expect(Object.keys(collect('__proto__=1'))).toEqual(['__proto__']);
  expect(() => collect('nothing')).toThrow(InvalidArgumentError);
  expect(() => collect('=1')).toThrow(InvalidArgumentError);
});

test('inputs are JSON and say so', () => {
  const seen = collectInputs('b={"c":1}', collectInputs('a=[1,2]'));
  expect({ ...seen }).toEqual({ a: [1, 2], b: { c: 1 } });
  expect(() => collectInputs('name=Ada')).toThrow(/quotes/);
});

test('arguments of a function', () => {
  expect(['5', '-2.5', 'true', 'null', '"x"', '[1]', 'text', '007'].map(argument)).toEqual([
    5,
    -2.5,
    true,
    null,
    'x',
    [1],
    'text',
    '007',
  ]);
  expect(argument('9007199254740993')).toBe(9007199254740993n);
});
