// Compares with other sandboxes at the same grade of isolation, in the same run. JavaScript's are measured in turns
// with ours in one process; Python's each in a process of Python, ours right before and after them.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parsePolicy, runSync, WasmSandbox } from '../dist/index.js';
import { line, shown, table } from './measure.mjs';
import { findPython, pip, requirements } from './peers/install.mjs';

const rounds = 200;
const patience = 540_000;

/** @typedef {{ fresh: number[], feeds: number[], host: number, version: string }} Figures */

export async function measure() {
  // isolated-vm asks for the flag.
  const script = fileURLToPath(new URL('peers/javascript.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, ['--no-node-snapshot', script], {
    stdio: 'inherit',
  });
  if (status !== 0) line('JavaScript', `not measured further: the process ended with ${status}`);
  await python();
}

async function python() {
  const found = findPython();
  if (!found) return line('Python', 'not measured: no Python 3 with venv is found');
  console.log(`\nPeers in Python ${found.version}; PYTHON names another one`);
  for (const requirement of requirements) {
    const [name = ''] = requirement.split('==');
    try {
      const interpreter = pip(found, requirement);
      // The first use may compile; that is not what is measured.
      figuresOf(interpreter, name, 1);
      const before = await ours();
      const theirs = figuresOf(interpreter, name, rounds);
      const after = await ours();
      print(`${name} ${theirs.version}`, before, theirs, after);
    } catch (error) {
      line(name, `not measured: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** @param {string} interpreter @param {string} name @param {number} rounds @returns {Figures} */
function figuresOf(interpreter, name, rounds) {
  const script = fileURLToPath(new URL('peers/python.py', import.meta.url));
  const options = /** @type {const} */ ({ encoding: 'utf8', timeout: patience });
  const { status, stdout, stderr } = spawnSync(interpreter, [script, name, `${rounds}`], options);
  const last = stdout?.trimEnd().split('\n').at(-1);
  if (last?.startsWith('{')) return JSON.parse(last);
  throw new Error(stderr?.trim().split('\n').at(-1) || `ended with ${status}`);
}

/** @param {string} peer @param {Figures} before @param {Figures} theirs @param {Figures} after */
function print(peer, before, theirs, after) {
  const names = ['ours, before', 'ours, after', peer];
  const lists = [before, after, theirs];
  const columns = ['min', 'p50', 'p99'];
  table(
    'Python, fresh, `pass`',
    names,
    lists.map(({ fresh }) => fresh),
    columns,
  );
  table(
    'Python, ten feeds of a session',
    names,
    lists.map(({ feeds }) => feeds),
    columns,
  );
  console.log();
  for (const [i, { host }] of lists.entries()) {
    line(`${names[i]}: one call of a host function`, shown(host).trim());
  }
}

/** @returns {Promise<Figures>} */
async function ours() {
  const policy = parsePolicy({ version: 1 });
  const host = { twice: (/** @type {number} */ n) => n * 2 };
  const session = await WasmSandbox.python({ policy, host });
  session.runSync('n = 0');
  const feeds = () => {
    for (let i = 0; i < 10; i++) session.runSync('n += 1; n');
  };
  const loop = 'for i in range(100):\n    ';
  const [none, calls] = [`${loop}pass`, `${loop}twice(i)`].map((code) =>
    middle(timed(11, () => session.runSync(code))),
  );
  const figures = {
    fresh: timed(rounds, () => runSync({ python: 'pass', policy })),
    feeds: timed(rounds, feeds),
    host: ((calls ?? 0) - (none ?? 0)) / 100,
    version: '',
  };
  await session.dispose();
  return figures;
}

/** @param {number} rounds @param {() => unknown} work */
function timed(rounds, work) {
  const taken = [];
  for (let round = -5; round < rounds; round++) {
    const begun = process.hrtime.bigint();
    work();
    if (round >= 0) taken.push(Number(process.hrtime.bigint() - begun));
  }
  return taken;
}

/** @param {number[]} list */
const middle = (list) => list.sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
