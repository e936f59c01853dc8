// Owns the comparison of what the conformance runners reported with the cases that exist.
// Data in, table and complaints out; reads no file.

/** What lies among the files of cases and is none. */
export const aside = ['case.schema.json', 'expected-failures.json'];

/** `id outcome` lines; a line of any other form is a defect of the runner and throws. */
export function readResults(text) {
  const results = new Map();
  for (const line of text.split(/\r?\n/).filter(Boolean)) {
    const found = /^(\S+) (pass|fail|expected-failure|unexpected-pass)$/.exec(line);
    if (!found) throw new Error(`not a result line: "${line}"`);
    if (results.has(found[1])) throw new Error(`reported twice: ${found[1]}`);
    results.set(found[1], found[2]);
  }
  return results;
}

/** `files`: parsed case files; every id belongs to its file's feature and exists once. */
export function readCases(files) {
  const ids = [];
  for (const { feature, cases } of files) {
    for (const { id } of cases) {
      if (!id.startsWith(`${feature}/`)) throw new Error(`${id} stands in the file of ${feature}`);
      if (ids.includes(id)) throw new Error(`two cases are called ${id}`);
      ids.push(id);
    }
  }
  return ids;
}

/** `results`: runner to its Map. Complaints are sentences; none means that all runners agree. */
export function compare(ids, results) {
  const complaints = [];
  for (const [runner, outcomes] of Object.entries(results)) {
    for (const id of ids) if (!outcomes.has(id)) complaints.push(`${runner} did not run ${id}`);
    for (const [id, outcome] of outcomes) {
      if (!ids.includes(id)) complaints.push(`${runner} ran ${id}, which is no case`);
      if (outcome === 'fail') complaints.push(`${runner} failed ${id}`);
      if (outcome === 'unexpected-pass') {
        complaints.push(`${runner} passed ${id}, which is listed as an expected failure`);
      }
    }
  }
  return complaints;
}

/** A Markdown table: one row per feature, one column per runner, passed of all. */
export function table(ids, results) {
  const runners = Object.keys(results);
  const features = [...new Set(ids.map((id) => id.split('/')[0]))];
  const rows = features.map((feature) => {
    const own = ids.filter((id) => id.startsWith(`${feature}/`));
    const cells = runners.map((runner) => {
      const passed = own.filter((id) => results[runner].get(id) === 'pass').length;
      return `${passed} of ${own.length}`;
    });
    return `| ${[feature, ...cells].join(' | ')} |`;
  });
  const head = `| ${['feature', ...runners].join(' | ')} |`;
  return [head, `|${'---|'.repeat(runners.length + 1)}`, ...rows].join('\n');
}

const block = /(<!-- conformance -->\n)[\s\S]*?(<!-- \/conformance -->)/;

/** The README with this table in its marked place. */
export function withTable(readme, text) {
  if (!block.test(readme)) throw new Error('the README has no place for the conformance table');
  return readme.replace(block, (_, begin, end) => `${begin}${text}\n${end}`);
}
