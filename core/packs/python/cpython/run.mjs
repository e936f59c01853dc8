// Owns the command that runs CPython's own tests in the pack: arguments, order, progress, exit status.
// usage: node core/packs/python/cpython/run.mjs [MODULE...] (--help tells the rest)
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { judge } from './expected.mjs';
import { runModule } from './module.mjs';
import { all, quick } from './modules.mjs';
import { heading, markdown, surpriseLines, textRow, textSum } from './report.mjs';
import { findTests } from './source.mjs';

const help = `Runs CPython's own tests in the Python pack, each module in a fresh sandbox.

usage: node core/packs/python/cpython/run.mjs [options] [MODULE...]

  MODULE            such as test_json; all of modules.mjs when none is given
  --quick           the modules that run with every test of the pack
  --only PART       only tests whose name has this in it, such as JSONTest.test_dumps; may be repeated
  --jobs N          how many modules at a time (1)
  --limit SECONDS   the longest that a module may take (900); a test may take 30
  --markdown FILE   writes the table of docs/python.md
  --json FILE       writes every test's outcome
  --verbose         the whole traceback of what is unexpected
  --list            the names of the modules
  --help            this

It needs the built module: PYTHON_WASM names it, else it is built first. CPython's sources are fetched
when they are not there.

run      tests that unittest came to; a module that cannot be imported counts as one
failed   an assertion did not hold
errors   anything else was raised, the sandbox ended, or the test took too long
skipped  by CPython itself, which knows of WASI

Tests that cannot pass here stand in expected.json under their reason. The exit status is 1 when
anything else fails, and when something there passes.

examples:
  node core/packs/python/cpython/run.mjs test_json
  node core/packs/python/cpython/run.mjs test_os --only MakedirTests --verbose
  node core/packs/python/cpython/run.mjs --markdown table.md
`;

const options = {
  quick: { type: 'boolean' },
  only: { type: 'string', multiple: true },
  jobs: { type: 'string', default: '1' },
  limit: { type: 'string', default: '900' },
  markdown: { type: 'string' },
  json: { type: 'string' },
  verbose: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
};

class Wrong extends Error {}

function numberOf(text, name) {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new Wrong(`--${name} wants a number from 1, not ${text}`);
  return n;
}

function read() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const jobs = numberOf(values.jobs, 'jobs');
    const limit = numberOf(values.limit, 'limit');
    const named = positionals.map((name) => name.replace(/^test\./, '').replace(/\.py$/, ''));
    const odd = named.find((name) => !/^test_\w+(\.\w+)*$/.test(name));
    if (odd) throw new Wrong(`${odd} is not the name of a test module, such as test_json`);
    const names = named.length > 0 ? named : values.quick ? quick : all;
    return { ...values, jobs, limit, names };
  } catch (error) {
    throw error instanceof Wrong ? error : new Wrong(error.message);
  }
}

const say = (text) => process.stderr.write(`${text}\n`);

async function runAll({ names, jobs, limit, only, verbose }) {
  const tests = await findTests();
  const found = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < names.length) {
      const at = next++;
      const result = await runModule(names[at], { tests, only, limit });
      const row = judge(result, { whole: !only });
      found[at] = { ...row, tests: result.tests };
      say(`${textRow(row)}   ${++done} of ${names.length}`);
      if (result.retried > 0) say(`  ${result.retried} run a second time: Node ended under them`);
      for (const line of surpriseLines(row, verbose)) say(line);
    }
  };
  say(heading);
  await Promise.all(Array.from({ length: jobs }, worker));
  return found;
}

async function main() {
  const wanted = read();
  if (wanted.help) return process.stdout.write(help);
  if (wanted.list) return process.stdout.write(`${all.join('\n')}\n`);
  const rows = await runAll(wanted);
  process.stdout.write(`${[heading, ...rows.map(textRow), textSum(rows)].join('\n')}\n`);
  if (wanted.markdown) writeFileSync(wanted.markdown, markdown(rows));
  if (wanted.json) writeFileSync(wanted.json, JSON.stringify(rows, null, 1));
  const surprises = rows.reduce((n, row) => n + row.surprises.length, 0);
  if (surprises > 0) process.exitCode = 1;
  process.stdout.write(surprises > 0 ? `${surprises} unexpected\n` : 'all as expected\n');
}

main().catch((error) => {
  process.stderr.write(`${error.message}${error instanceof Wrong ? ' (--help tells more)' : ''}\n`);
  process.exitCode = 2;
});
