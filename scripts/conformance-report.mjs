// `node scripts/conformance-report.mjs [--write]`: fails unless every runner ran exactly the cases that exist,
// none failed, and the README shows that; prints the table. With --write it puts the table into the README, if
// nothing else is to complain of. Runners leave `id outcome` lines in `.conformance/<runner>.txt`
// ($WASM_SANDBOX_CONFORMANCE_DIR elsewhere).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aside, compare, readCases, readResults, table, withTable } from './lib/conformance.mjs';
import { goObstacle } from './lib/object.mjs';
import { conformanceFolder, root } from './lib/paths.mjs';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const obstacle = goObstacle();
const runners = ['rust', 'typescript', 'python-async', 'python-sync', ...(obstacle ? [] : ['go'])];
if (obstacle) process.stdout.write(`Go is not compared here: ${obstacle}.\n`);
const cases = join(root, 'fixtures', 'conformance');

const files = readdirSync(cases)
  .filter((name) => name.endsWith('.json') && !aside.includes(name))
  .map((name) => JSON.parse(readFileSync(join(cases, name), 'utf8')));
const ids = readCases(files);

const results = {};
const complaints = ids.length > 0 ? [] : ['there is no case at all'];
for (const runner of runners) {
  const file = join(conformanceFolder, `${runner}.txt`);
  if (existsSync(file)) results[runner] = readResults(readFileSync(file, 'utf8'));
  else complaints.push(`${runner} left no results in ${file}`);
}
complaints.push(...compare(ids, results));

if (complaints.length === 0 && !obstacle) {
  const readme = join(root, 'README.md');
  const text = readFileSync(readme, 'utf8');
  const wanted = withTable(text, table(ids, results));
  if (values.write) writeFileSync(readme, wanted);
  else if (wanted !== text) {
    complaints.push(
      'the table in README.md is stale; run `node scripts/conformance-report.mjs --write`',
    );
  }
}

process.stdout.write(`${table(ids, results)}\n\n${ids.length} cases, ${runners.length} runners\n`);
for (const text of complaints.slice(0, 50)) process.stdout.write(`error: ${text}\n`);
if (complaints.length > 50) process.stdout.write(`and ${complaints.length - 50} more\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;
