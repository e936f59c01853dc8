// Owns `wasm-sandbox doctor`: what this machine gives the sandbox, for people or as JSON.
import { type DoctorReport, doctor } from 'wasm-sandbox';
import { coloured, painter } from './colour.js';

/** Prints the report; status 1 when something is missing that runs need. */
export async function doctorCommand(flags: { json?: boolean }): Promise<number> {
  const report = await doctor();
  const text = flags.json ? JSON.stringify(report, null, 2) : describe(report);
  process.stdout.write(`${text}\n`);
  return report.packs.every((pack) => pack.available) ? 0 : 1;
}

function describe(report: DoctorReport): string {
  const paint = painter(coloured(process.stdout));
  const good = (text: string) => `${paint('green', 'ok')}    ${text}`;
  const poor = (text: string) => `${paint('yellow', 'note')}  ${text}`;
  const bad = (text: string) => `${paint('red', 'lacks')} ${text}`;
  const lines = [
    good(
      `wasm-sandbox ${report.version} on ${report.platform}, ${report.cores} cores, Node ${process.version}`,
    ),
    good(`engine: ${report.engine}`),
    report.allocation === 'pooling'
      ? good('instances of modules come from a pool')
      : poor(`instances are allocated on demand: ${report.allocationReason ?? 'no pool'}`),
    report.diskCache
      ? good('compiled modules are kept on disk')
      : poor(`compiled modules are not kept on disk: ${report.diskCacheProblem ?? 'no folder'}`),
    ...report.packs.map((pack) =>
      pack.available
        ? good(`${pack.language}: ${pack.digest?.slice(0, 12) ?? 'available'}`)
        : bad(`${pack.language}: ${pack.problem ?? 'not available'}`),
    ),
  ];
  return lines.join('\n');
}
