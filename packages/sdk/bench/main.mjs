// Benchmarks of the SDK: `npm run bench`, or `node bench/main.mjs SECTION…` for some of them. What is compared runs in
// turn, in one process; every line has its ratio to what was measured in the same rounds, because times on a shared
// machine drift. Nothing here is a test. `peers` downloads other libraries, so it runs only when it is named; `python` and
// `go` run the benchmarks of those packages, with one peer each.
import { availableParallelism } from 'node:os';

/** @type {Record<string, () => Promise<{ measure(): Promise<void> }>>} */
const sections = {
  modules: () => import('./modules.mjs'),
  languages: () => import('./languages.mjs'),
  processes: () => import('./processes.mjs'),
  kernels: () => import('./kernels.mjs'),
  limits: () => import('./limits.mjs'),
  memory: () => import('./memory.mjs'),
  python: () => import('./python.mjs'),
  go: () => import('./go.mjs'),
  peers: () => import('./peers.mjs'),
};
const byDefault = Object.keys(sections).filter((name) => name !== 'peers');

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in sections));
if (unknown.length > 0) {
  console.error(
    `No such section: ${unknown.join(', ')}. There are ${Object.keys(sections).join(', ')}.`,
  );
  process.exit(2);
}
console.log(`Node ${process.versions.node}, ${availableParallelism()} cores`);
for (const name of named.length > 0 ? named : byDefault) {
  console.log(`\n== ${name}`);
  const section = await sections[name]?.();
  await section?.measure();
}
