// The demonstration that `npm start` runs: untrusted Python, JavaScript, TypeScript and WebAssembly on real
// input, with value, output and usage of each, and three guests that their limits end.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { run, SandboxError, WasmSandbox } from 'wasm-sandbox';

const fixture = (name) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const bold = (text) =>
  process.stdout.isTTY && !process.env.NO_COLOR ? `\u001b[1m${text}\u001b[22m` : text;

let number = 0;
/** Runs one scene and shows what came of it, or how it was ended. */
async function scene(title, what, work) {
  number += 1;
  console.log(`\n${bold(`${number}. ${title}`)}\n   ${what}`);
  try {
    show(await work());
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    row('ended by', `${error.code} ${inspect(facts(error.details), { breakLength: Infinity })}`);
    row('message', error.message);
    show({ ...error.result, value: undefined });
  }
}

const facts = ({ field, limit, used }) => ({ field, limit, used });
const row = (name, text) => console.log(`   ${name.padEnd(9)} ${text}`);

function show({ value, stdout = '', usage, exitCode }) {
  if (value !== undefined && value !== null)
    row('value', inspect(value, { breakLength: 90 }).replaceAll('\n', '\n             '));
  const lines = stdout.split('\n').filter((line) => line !== '');
  for (const [i, line] of lines.slice(0, 8).entries()) row(i === 0 ? 'output' : '', line);
  if (lines.length > 8) row('', `… ${lines.length - 8} more lines`);
  if (exitCode !== null && exitCode !== undefined) row('exit', String(exitCode));
  if (usage) row('usage', used(usage));
}

function used(usage) {
  const time = (us) => (us < 10_000 ? `${us} us` : `${(us / 1000).toFixed(0)} ms`);
  const memory = `${(usage.peakMemoryBytes / 2 ** 20).toFixed(2)} MiB`;
  return `wall ${time(usage.wallTimeUs)}, cpu ${time(usage.cpuTimeUs)}, memory ${memory}, host calls ${usage.hostCalls}, output ${usage.outputBytes} B`;
}

console.log(
  'Everything below is untrusted and runs under the strict policy: no network, no files of',
);
console.log('this machine, no environment, and a limit on everything else.');

const book = await readFile(fixture('guests/wordcount/text.txt'));
await scene(
  'Python with its standard library, over a real text',
  'real CPython: re, collections, sqlite3',
  () =>
    run({
      python: `
import collections, re, sqlite3, sys

words = re.findall(r"[a-z]+", open("/book.txt").read().lower())
db = sqlite3.connect(":memory:")
db.execute("create table words (word text, count int)")
db.executemany("insert into words values (?, ?)", collections.Counter(words).items())
print("CPython", sys.version.split()[0], "counted", len(words), "words")
db.execute("select word, count from words order by count desc, word limit 5").fetchall()
`,
      files: { '/book.txt': book },
    }),
);

await scene(
  'A Python session, saved and branched',
  'two branches of one session, and one that goes on from its saved bytes',
  async () => {
    const session = await WasmSandbox.python();
    await session.run(
      'balance = 100\ndef spend(n):\n  global balance\n  balance -= n\n  return balance',
    );
    const image = await session.snapshot();
    const branch = await session.fork();
    const later = await WasmSandbox.restore(image);
    const value = {
      session: await session.call('spend', [30]),
      branch: await branch.call('spend', [99]),
      later: await later.call('spend', [1]),
      'saved bytes': image.length,
    };
    for (const one of [session, branch, later]) await one.dispose();
    return { value };
  },
);

await scene('TypeScript', 'types are taken out, lines and columns stay', () =>
  run({
    typescript: `
      interface Point { x: number; y: number }
      const length = ({ x, y }: Point): number => Math.hypot(x, y);
      (points as Point[]).map(length)
    `,
    inputs: {
      points: [
        { x: 3, y: 4 },
        { x: 5, y: 12 },
      ],
    },
  }),
);

await scene(
  'JavaScript with inputs and a host function',
  'const rates = await lookup(...); orders.map(...)',
  () =>
    run({
      javascript: `
        const rate = await lookup(currency);
        console.log('rate for', currency, 'is', rate);
        orders.map(({ id, net }) => ({ id, gross: Math.round(net * rate * 100) / 100 }))
      `,
      inputs: {
        currency: 'CHF',
        orders: [
          { id: 1, net: 100 },
          { id: 2, net: 19.9 },
        ],
      },
      host: { lookup: async (currency) => ({ CHF: 0.94, USD: 1.09 })[currency] },
    }),
);

await scene(
  'A Go program, compiled to WASI, over a real text',
  `wordcount /text.txt   (${book.length} bytes, given as a file in memory)`,
  () =>
    run({
      wasm: fixture('build/wordcount.wasm'),
      argv: ['wordcount', '/text.txt'],
      files: { '/text.txt': book },
    }),
);

await scene(
  'A numeric module, called a million times',
  "prepare('add'), then add(sum, i)",
  async () => {
    // (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
    const module = Buffer.from(
      'AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=',
      'base64',
    );
    const sandbox = await WasmSandbox.fromBytes(module);
    const add = sandbox.prepare('add');
    const begun = process.hrtime.bigint();
    let sum = 0;
    for (let i = 0; i < 1_000_000; i++) sum = add(sum, i & 7);
    const each = Number(process.hrtime.bigint() - begun) / 1_000_000;
    const stdout = `${each.toFixed(0)} ns for each call, all limits in force`;
    const usage = await sandbox.getResourceStats();
    await sandbox.dispose();
    return { value: sum, stdout, usage };
  },
);

await scene('An endless loop', 'for (;;);   with 200 ms of CPU time', () =>
  run({ javascript: 'for (;;);', limits: { cpuTimeMs: 200 } }),
);
await scene('A memory bomb', 'arrays without end, with 32 MiB', () =>
  run({
    javascript: 'const held = []; for (;;) held.push(new Uint8Array(1 << 20).fill(1));',
    limits: { memoryBytes: 32 * 1024 * 1024 },
  }),
);
await scene('An output flood', 'console.log without end, with 4 KiB', () =>
  run({
    javascript: 'for (let i = 0; ; i++) console.log("flood", i)',
    limits: { outputBytes: 4096, onOutputLimit: 'fail' },
  }),
);

console.log('\nThis process is unharmed. Try: npm start -- run -c "1+1"');
