// Owns the forms in which results are shown: lines for a terminal, a table for docs/python.md.
import { reasons } from './expected.mjs';
import { groups } from './modules.mjs';

const columns = ['run', 'passed', 'failed', 'errors', 'skipped'];
const sum = (rows) =>
  Object.fromEntries(
    columns.map((name) => [name, rows.reduce((n, row) => n + row.counts[name], 0)]),
  );

export const heading = `${'module'.padEnd(20)}${columns.map((name) => name.padStart(9)).join('')}${'time'.padStart(10)}`;

const line = (name, counts, seconds) =>
  `${name.padEnd(20)}${columns.map((one) => String(counts[one]).padStart(9)).join('')}${`${seconds.toFixed(1)} s`.padStart(10)}`;

export const textRow = ({ name, counts, seconds }) => line(name, counts, seconds);

export const textSum = (rows) =>
  line(
    'all',
    sum(rows),
    rows.reduce((n, row) => n + row.seconds, 0),
  );

export const surpriseLines = (row, verbose) =>
  row.surprises.flatMap(({ id, what, detail }) => {
    const last = detail.trimEnd().split('\n').at(-1) ?? '';
    const told = verbose ? detail.trimEnd().split('\n') : [last.slice(0, 200)];
    return [`  unexpected: ${what}: ${id}`, ...told.map((text) => `    ${text}`)];
  });

const why = ({ because, surprises }) => {
  const parts = Object.entries(because).map(([reason, count]) => `${reason} ${count}`);
  const unexpected = surprises.filter(({ what }) => what !== 'passed' && what !== 'not there');
  if (unexpected.length > 0) parts.push(`unexpected ${unexpected.length}`);
  return parts.join(', ');
};

const markdownRow = (name, counts, text) =>
  `| ${name} | ${counts.run} | ${counts.passed} | ${counts.skipped} | ${counts.failed + counts.errors} | ${text} |`;

/** A table of all rows in the order of the list, and what its reasons mean. */
export function markdown(rows) {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const lines = ['| | run | passed | skipped | failed | because of |', '|---|--:|--:|--:|--:|---|'];
  for (const names of Object.values(groups))
    for (const row of names.map((name) => byName.get(name)).filter(Boolean))
      lines.push(markdownRow(`\`${row.name}\``, row.counts, why(row)));
  lines.push(markdownRow('**all**', sum(rows), ''));
  const used = Object.keys(reasons).filter((name) => rows.some((row) => row.because[name]));
  lines.push('', ...used.map((name) => `- **${name}**: ${reasons[name]}`));
  return `${lines.join('\n')}\n`;
}
