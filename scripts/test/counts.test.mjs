// Tests how the closing lines of runners are read; a run that ends badly must never count as good.
// The texts are in the form in which the runners print them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cargoCounter,
  closingLine,
  judged,
  junitCounts,
  nothing,
  tapCounter,
  vitestCounts,
} from '../lib/counts.mjs';

test('cargo: all test programs together', () => {
  const counter = cargoCounter();
  for (const line of [
    'running 3 tests',
    'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s',
    'test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s',
  ]) {
    counter.line(line);
  }
  assert.deepEqual(counter.counts(), { passed: 7, failed: 2, skipped: 1 });
});

test('vitest: a file that does not load is a failure', () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 0,
    testResults: [
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ],
  };
  assert.deepEqual(vitestCounts(JSON.stringify(report)), { passed: 5, failed: 2, skipped: 2 });
});

test('node: the closing lines of TAP', () => {
  const counter = tapCounter();
  for (const line of '# tests 5\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0'.split(
    '\n',
  )) {
    counter.line(line);
  }
  assert.deepEqual(counter.counts(), { passed: 2, failed: 2, skipped: 1 });
});

test('pytest: the sums of its JUnit file, errors among the failures', () => {
  const suite =
    '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="20" time="1">';
  assert.deepEqual(junitCounts(suite), { passed: 14, failed: 3, skipped: 3 });
});

test('a bad end without a failed test is one failure', () => {
  assert.equal(judged({ ...nothing(), passed: 3 }, 101).failed, 1);
  assert.equal(judged({ ...nothing(), failed: 2 }, 1).failed, 2);
  assert.equal(judged({ ...nothing(), passed: 3 }, 0).failed, 0);
});

test('the closing line', () => {
  assert.equal(closingLine({ passed: 3, failed: 0, skipped: 0 }), '3 passed, 0 failed');
  assert.equal(closingLine({ passed: 3, failed: 1, skipped: 2 }), '3 passed, 1 failed, 2 skipped');
});
