// Runs the shared conformance cases against the public API. Ids are the test names; outcomes go to
// `.conformance/typescript.txt` for the report.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, test } from 'vitest';
import {
  type AuditEvent,
  type CallOptions,
  type OpenOptions,
  run,
  type Session,
  type Value,
  verify,
  WasmSandbox,
} from '../src/index.js';
import {
  type Case,
  expectedFailures,
  guest,
  packagesOf,
  readCases,
  type Step,
  untag,
} from './conformance/case.js';
import { check, type Outcome } from './conformance/check.js';
import { hostFunctions } from './conformance/host.js';

const outcomes: string[] = [];
const cases = readCases();
const mayFail = expectedFailures('typescript');

for (const one of cases) {
  test(one.id, async () => {
    const known = mayFail.includes(one.id);
    const failure = await runCase(one).then(
      () => undefined,
      (error: unknown) => error ?? new Error('failed'),
    );
    const word = failure
      ? known
        ? 'expected-failure'
        : 'fail'
      : known
        ? 'unexpected-pass'
        : 'pass';
    outcomes.push(`${one.id} ${word}\n`);
    if (failure && !known) throw failure;
    if (!failure && known) throw new Error('it passes, although it is an expected failure');
  });
}

afterAll(() => {
  // A run of single cases says nothing about the rest.
  if (outcomes.length !== cases.length) return;
  const folder = fileURLToPath(new URL('../../../.conformance/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}typescript.txt`, outcomes.sort().join(''));
});

/** A case under way. */
interface Running {
  one: Case;
  options: OpenOptions;
  written: { stdout: string; stderr: string };
  events: AuditEvent[];
  /** What was opened, or why it could not be; nothing for what is run as a whole, or only looked at. */
  opened: WasmSandbox | Session | Error | undefined;
  snapshots: Map<string, Uint8Array>;
  /** All sessions by name; the first is `main`. */
  sessions: Map<string, Session>;
}

async function runCase(one: Case) {
  const written = { stdout: '', stderr: '' };
  const events: AuditEvent[] = [];
  const options: OpenOptions = {
    policy: one.policy,
    host: one.host && hostFunctions(one.host),
    argv: one.argv,
    env: one.env,
    files: one.files,
    packages: packagesOf(one),
    config: one.config,
    onStdout: (chunk: Uint8Array) => {
      written.stdout += Buffer.from(chunk).toString();
    },
    onStderr: (chunk: Uint8Array) => {
      written.stderr += Buffer.from(chunk).toString();
    },
    onAudit: (event: AuditEvent) => events.push(event),
  };
  const running: Running = {
    one,
    options,
    written,
    events,
    opened: undefined,
    snapshots: new Map(),
    sessions: new Map(),
  };
  const begun = performance.now();
  if (!one.do.some((step) => step.run === true || step.verify)) {
    running.opened = await open(one, options).catch((error: unknown) => error as Error);
  }
  const opening = performance.now() - begun;
  try {
    for (const [i, step] of one.do.entries()) {
      written.stdout = written.stderr = '';
      const start = performance.now() - (i === 0 && running.opened instanceof Error ? opening : 0);
      const got = await perform(running, step).catch((error: unknown) => error);
      const expected = i === one.do.length - 1 ? one.expect : step.expect;
      if (expected) check(expected, got, performance.now() - start);
      else if (got instanceof Error) throw got;
    }
  } finally {
    if (running.opened && !(running.opened instanceof Error)) await running.opened.dispose();
    for (const session of running.sessions.values()) await session.dispose();
  }
}

async function open(one: Case, options: OpenOptions): Promise<WasmSandbox | Session> {
  const { javascript, typescript, python, wasm, base64 } = one.source;
  if (javascript) return WasmSandbox.javascript(options);
  if (typescript) return WasmSandbox.typescript(options);
  if (python) return WasmSandbox.python(options);
  if (wasm) return WasmSandbox.fromFile(guest(wasm), options);
  return WasmSandbox.fromBytes(new Uint8Array(Buffer.from(base64 ?? '', 'base64')), options);
}

/** What is run as a whole: a command, or source text, by the one-liner. */
function runWhole({ one, options }: Running, step: Step): Promise<Outcome> {
  const { wasm, base64: _, ...code } = one.source;
  const source = wasm ? { wasm: guest(wasm) } : (code as { javascript: string });
  const inputs = step.inputs && (untag(step.inputs) as Record<string, Value>);
  const { function: call, timeoutMs } = step;
  const args = call === undefined ? undefined : (step.args ?? []).map(untag);
  const { stdin } = one;
  return run({
    ...options,
    ...source,
    stdin,
    inputs,
    call,
    args,
    timeoutMs,
    signal: signalOf(step),
  });
}

async function perform(running: Running, step: Step): Promise<Outcome> {
  const { one, opened, events, written } = running;
  if (step.verify) {
    const { wasm, base64 } = one.source;
    const source = wasm ? guest(wasm) : new Uint8Array(Buffer.from(base64 ?? '', 'base64'));
    return { report: await verify(source, { policy: one.policy }) };
  }
  if (step.run === true) return runWhole(running, step);
  if (opened instanceof Error) throw opened;
  if (!opened) throw new Error('a case is run as a whole, or step by step');
  if (step.audit) {
    const since = events.splice(0);
    return { value: since, events: since };
  }
  if (step.stats) return { usage: await opened.getResourceStats() };
  if (await branch(running, opened as Session, step)) return { value: null };
  const value = await act(opened, step);
  return isResult(value) ? value : { value, ...written };
}

/** What has to do with several sessions; false: it is another step. */
async function branch(running: Running, session: Session, step: Step): Promise<boolean> {
  const { snapshots, sessions, options } = running;
  if (!sessions.has('main')) sessions.set('main', session);
  const { snapshot, restore, fork, use, key: snapshotKey, changed, policy } = step;
  if (snapshot !== undefined) {
    snapshots.set(snapshot, await session.snapshot({ snapshotKey }));
  } else if (restore !== undefined) {
    const image = named(snapshots, restore).slice();
    if (changed !== undefined) image.set([(image.at(-changed) ?? 0) ^ 1], image.length - changed);
    const packages = step.packages === false ? undefined : options.packages;
    const asked = { ...options, packages, policy: policy ?? options.policy, snapshotKey };
    sessions.set(restore, await WasmSandbox.restore(image, asked));
    running.opened = named(sessions, restore);
  } else if (fork !== undefined) {
    sessions.set(fork, await session.fork());
  } else if (use !== undefined) {
    running.opened = named(sessions, use);
  } else {
    return false;
  }
  return true;
}

function named<T>(things: Map<string, T>, name: string): T {
  const thing = things.get(name);
  if (thing === undefined) throw new Error(`nothing is named ${name}`);
  return thing;
}

async function act(sandbox: WasmSandbox | Session, step: Step): Promise<unknown> {
  const args = step.args?.map(untag) ?? [];
  const { timeoutMs, output } = step;
  const options: CallOptions = { timeoutMs, output, signal: signalOf(step) };
  const module = sandbox as WasmSandbox;
  if (step.call !== undefined) return sandbox.call(step.call, args, options);
  if (typeof step.run === 'string') {
    const inputs = untag(step.inputs ?? {}) as Record<string, Value>;
    const after = step.function === undefined ? {} : { call: step.function, args };
    return (sandbox as Session).run(step.run, { ...options, inputs, ...after });
  }
  if (step.prepare !== undefined) return module.prepare(step.prepare)(...(args as number[]));
  if (step.batch) {
    const calls = step.batch.map(([name, list]) => ({ function: name, args: list.map(untag) }));
    return module.callBatch(calls, options);
  }
  if (step.reset) return sandbox.reset();
  if (step.collectGarbage) return sandbox.collectGarbage();
  if (step.dispose) return sandbox.dispose();
  if (step.exports) return module.exports();
  throw new Error('a step does something');
}

function signalOf(step: Step): AbortSignal | undefined {
  return step.cancelAfterMs === undefined ? undefined : AbortSignal.timeout(step.cancelAfterMs);
}

const isResult = (value: unknown): value is Outcome =>
  value !== null && typeof value === 'object' && 'stdoutBytes' in value;
