// Owns `wasm-sandbox inspect`: what a module is and needs, for people or as JSON. Names come from the
// module, whoever made it, and are neutralised.
import { type ModuleReport, verify } from 'wasm-sandbox';
import { coloured, painter } from './colour.js';
import { readPolicy } from './policy-option.js';
import { neutralised } from './terminal.js';

/** Prints the report; status 1 when the policy would refuse the module. */
export async function inspectCommand(
  file: string,
  flags: { policy: string; json?: boolean },
): Promise<number> {
  const report = await verify(file, { policy: await readPolicy(flags.policy) });
  const text = flags.json ? JSON.stringify(report, null, 2) : describe(report, flags.policy);
  process.stdout.write(`${text}\n`);
  return report.allowed ? 0 : 1;
}

const kinds: Record<string, string> = {
  numeric: 'a module whose functions take and give numbers (run FILE --call NAME -- ARGS)',
  command: 'a WASI command, run as a whole (run FILE -- ARGS)',
  reactor: 'a WASI library whose functions are called (run FILE --call NAME -- ARGS)',
  extism: 'an Extism plug-in (run FILE --call NAME -- INPUT)',
};

function describe(report: ModuleReport, policy: string): string {
  const paint = painter(coloured(process.stdout));
  const head = (text: string) => paint('bold', text);
  const { needs } = report;
  const lines = [
    `${head('kind')}     ${report.kind ? kinds[report.kind] : 'no WebAssembly module'}`,
  ];
  if (report.kind) {
    const memory = `${size(needs.memoryBytes)} in ${count(needs.memories, 'memory', 'memories')}`;
    const tables = `${count(needs.tables, 'table')} with ${count(needs.tableElements, 'element')}`;
    lines.push(
      `${head('needs')}    ${memory}, ${tables}, ${size(needs.moduleBytes)} of code and data`,
    );
    lines.push(...list(head('exports'), functions(report)));
    lines.push(...list(head('imports'), grouped(report)));
  }
  for (const { import: name, rule } of report.denied) {
    lines.push(
      `${paint('yellow', 'denied')}   ${neutralised(name)} when it is called; ${rule} would allow it`,
    );
  }
  for (const { code, message } of report.refusals) {
    lines.push(`${paint('red', 'refused')}  ${neutralised(message)} (${code})`);
  }
  const verdict = report.allowed
    ? `${paint('green', 'loads')} under ${policy}`
    : `${paint('red', 'does not load')} under ${policy}`;
  return [...lines, verdict].join('\n');
}

/** Functions that can be called, with their types. */
function functions(report: ModuleReport): string[] {
  return report.exports
    .filter(({ kind }) => kind === 'function')
    .map(
      ({ name, params, results }) =>
        `${neutralised(name)}(${params.join(', ')}) -> (${results.join(', ')})`,
    );
}

/** Imports by module and status, so that the usual dozens fit on a few lines. */
function grouped(report: ModuleReport): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { module, name, status } of report.imports) {
    const key = `${neutralised(module)} (${status})`;
    groups.set(key, (groups.get(key) ?? new Set()).add(neutralised(name)));
  }
  return [...groups].map(([key, names]) => `${key}: ${[...names].join(', ')}`);
}

function list(head: string, items: string[]): string[] {
  return items.length > 0 ? [head, ...items.map((item) => `  ${item}`)] : [];
}

const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1 << 20
    ? `${(bytes / 1024).toFixed(0)} KiB`
    : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
