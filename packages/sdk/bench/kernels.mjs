// Measures work that the processor does: the same programs in a session with all limits on and natively, Python beside
// a CPython that is found, JavaScript beside this Node. Each program times nothing itself; a pass is one call.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { WasmSandbox } from '../dist/index.js';
import { latency, line } from './measure.mjs';

const rounds = 11;

/** Every function of these files that takes no arguments is one kernel; the core's benchmark uses the files as well. */
const python = readFileSync(new URL('kernels/kernels.py', import.meta.url), 'utf8');
const javascript = readFileSync(new URL('kernels/kernels.js', import.meta.url), 'utf8');
const names = ['fib', 'json_round_trips', 'regular_expressions', 'nbody', 'small_classes'];

export async function measure() {
  await besideNode();
  await besidePython();
}

async function besideNode() {
  console.log(`\nJavaScript beside Node ${process.versions.node}, which compiles what is hot`);
  const session = await WasmSandbox.javascript();
  session.runSync(javascript);
  const native = new Function(`${javascript}\nreturn { ${names.join(', ')} };`)();
  for (const name of names) {
    const [theirs, ours] = [native[name](), session.callSync(name)];
    agree(name, theirs, ours);
    await latency(`JavaScript ${name}`, rounds, [
      ['Node', () => native[name]()],
      ['ours', () => session.callSync(name)],
    ]);
  }
  await session.dispose();
}

async function besidePython() {
  const native = await nativePython();
  const session = await WasmSandbox.python();
  session.runSync(python);
  const version = String(session.runSync('import sys; sys.version.split()[0]').value);
  if (native === undefined) {
    console.log(`\nPython ${version}; no python3 is found to measure beside it`);
  } else {
    const same = native.version === version ? 'the same version' : 'not the same version';
    console.log(`\nPython ${version} beside native CPython ${native.version}, ${same}`);
  }
  for (const name of names) {
    /** @type {[string, () => unknown][]} */
    const cases = [['ours', () => session.callSync(name)]];
    if (native) {
      agree(name, await native.call(name), session.callSync(name));
      // The pipe to the other process is in its time; the empty call below says how much that is.
      cases.unshift(['native CPython', () => native.call(name)]);
    }
    await latency(`Python ${name}`, rounds, cases);
  }
  if (native) {
    await latency('what a call costs that does nothing', 101, [
      ['native CPython, over a pipe', () => native.call('nothing')],
      ['ours', () => session.callSync('nothing')],
    ]);
    native.end();
  }
  await session.dispose();
}

/** @param {string} name @param {unknown} theirs @param {unknown} ours */
function agree(name, theirs, ours) {
  const close =
    typeof theirs === 'number' && typeof ours === 'number'
      ? Math.abs(theirs - ours) <= 1e-9 * Math.abs(theirs)
      : theirs === ours;
  if (!close) line(name, `answers differ: ${theirs} and ${ours}`);
}

/** Calls functions of the kernels by a line each, and answers with their value. */
const server = `
import sys
scope = {'__name__': '__main__'}
exec(compile(sys.stdin.read(int(sys.stdin.readline())), 'kernels.py', 'exec'), scope)
print(sys.version.split()[0], flush=True)
for wanted in sys.stdin:
    print(repr(scope[wanted.strip()]()), flush=True)
`;

/** A native CPython with the kernels in it, if there is one. */
async function nativePython() {
  const program = [process.env.PYTHON, 'python3.13', 'python3', 'python'].find(
    (name) =>
      name && spawnSync(name, ['-c', 'import sys; assert sys.version_info[0] == 3']).status === 0,
  );
  if (!program) return undefined;
  const child = spawn(program, ['-c', server], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  child.stdin.write(`${python.length}\n${python}`);
  const version = await next();
  return {
    version,
    /** @param {string} name */
    async call(name) {
      child.stdin.write(`${name}\n`);
      return Number(await next());
    },
    end: () => child.stdin.end(),
  };
}
