// Owns how the closing lines of test runners are read: passed, failed, skipped.
// Starts no runner; text in, counts out.

export const nothing = () => ({ passed: 0, failed: 0, skipped: 0 });

export function add(a, b) {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** Hears the lines of `cargo test`: one result line per test program. */
export function cargoCounter() {
  let sum = nothing();
  return {
    line(text) {
      const found = /^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored;/.exec(text);
      if (!found) return;
      const [passed, failed, skipped] = found.slice(1).map(Number);
      sum = add(sum, { passed, failed, skipped });
    },
    counts: () => sum,
  };
}

/** Reads the JSON that vitest's reporter wrote. */
export function vitestCounts(text) {
  const report = JSON.parse(text);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles(report),
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

/** A file that does not even load has no failed test of its own and must count all the same. */
const brokenFiles = (report) =>
  report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  ).length;

/** Reads the JUnit file that pytest wrote: the sums stand in its one suite. */
export function junitCounts(text) {
  const of = (name) =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const failed = of('failures') + of('errors');
  return { passed: of('tests') - failed - of('skipped'), failed, skipped: of('skipped') };
}

/** Hears the TAP lines of `node --test`. */
export function tapCounter() {
  const sum = nothing();
  const names = {
    pass: 'passed',
    fail: 'failed',
    cancelled: 'failed',
    skipped: 'skipped',
    todo: 'skipped',
  };
  return {
    line(text) {
      const found = /^# (pass|fail|cancelled|skipped|todo) (\d+)$/.exec(text);
      if (found) sum[names[found[1]]] += Number(found[2]);
    },
    counts: () => sum,
  };
}

/** Hears the lines of `go test -v`, those of subtests included; a package that does not build is a failure. */
export function goCounter() {
  const sum = nothing();
  const names = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' };
  return {
    line(text) {
      const found = /^\s*--- (PASS|FAIL|SKIP): /.exec(text);
      if (found) sum[names[found[1]]] += 1;
      else if (/^FAIL\t\S+ \[/.test(text)) sum.failed += 1;
    },
    counts: () => sum,
  };
}

/** The closing line: `12 passed, 0 failed`, and `, 1 skipped` where there is one. */
export function closingLine({ passed, failed, skipped }) {
  const end = skipped > 0 ? `, ${skipped} skipped` : '';
  return `${passed} passed, ${failed} failed${end}`;
}

/** What a runner says against how it ended: a bad end without a failed test is one failure. */
export function judged(counts, code) {
  return code !== 0 && counts.failed === 0 ? add(counts, { ...nothing(), failed: 1 }) : counts;
}
