// Owns the comparison of results with `expected.json`: which tests cannot pass here, each under its reason.
// What fails without standing there is a fault, and so is what stands there and passes.
import { readFileSync } from 'node:fs';

const { reasons, modules } = JSON.parse(
  readFileSync(new URL('expected.json', import.meta.url), 'utf8'),
);

export { reasons };

const isFault = (outcome) => outcome !== 'passed' && outcome !== 'skipped';

/** Test to the name of its reason, for one module. */
function expectedOf(name) {
  const entries = Object.entries(modules[name] ?? {});
  return new Map(
    entries.flatMap(([reason, tests]) => {
      if (!reasons[reason]) throw new Error(`expected.json: ${name} has no such reason: ${reason}`);
      return tests.map((test) => [test, reason]);
    }),
  );
}

/** Adds counts, the reasons of what was expected to fail, and the surprises. `whole`: no test was left out. */
export function judge({ name, tests, seconds }, { whole = true } = {}) {
  const expected = expectedOf(name);
  const counts = { run: 0, passed: 0, failed: 0, errors: 0, skipped: 0 };
  const because = {};
  const surprises = [];
  const failing = new Set();
  for (const { id, outcome, detail } of tests) {
    counts.run++;
    if (!isFault(outcome)) {
      counts[outcome]++;
      continue;
    }
    counts[outcome === 'failed' ? 'failed' : 'errors']++;
    failing.add(id);
    const reason = expected.get(id);
    if (reason) because[reason] = (because[reason] ?? 0) + 1;
    else surprises.push({ id, what: outcome, detail });
  }
  const seen = new Set(tests.map(({ id }) => id));
  for (const id of expected.keys()) {
    if (failing.has(id) || (!whole && !seen.has(id))) continue;
    const what = seen.has(id) ? 'passed' : 'not there';
    surprises.push({ id, what, detail: `expected to fail: ${expected.get(id)}` });
  }
  if (tests.length === 0) surprises.push({ id: name, what: 'no tests', detail: '' });
  return { name, seconds, counts, because, surprises };
}
