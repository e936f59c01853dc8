// `node scripts/conformance-report.mjs`: fails unless every runner ran exactly the cases that exist and
// none failed; prints the table. Runners leave `id outcome` lines in `.conformance/<runner>.txt`
// ($WASM_SANDBOX_CONFORMANCE_DIR elsewhere).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, readCases, readResults, table } from './lib/conformance.mjs';
import { conformanceFolder, root } from './lib/paths.mjs';

const runners = ['rust', 'typescript', 'python-async', 'python-sync', 'go'];
const cases = join(root, 'fixtures', 'conformance');
const aside = ['case.schema.json', 'expected-failures.json'];

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

process.stdout.write(`${table(ids, results)}\n\n${ids.length} cases, ${runners.length} runners\n`);
for (const text of complaints.slice(0, 50)) process.stdout.write(`error: ${text}\n`);
if (complaints.length > 50) process.stdout.write(`and ${complaints.length - 50} more\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;
