// Runs the shared conformance cases against the public API. Ids are the test names; outcomes go to
// `.conformance/typescript.txt` for the report.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect, isDeepStrictEqual } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import {
  type AuditEvent,
  type HostFunctions,
  run,
  SandboxError,
  type Session,
  type Value,
  WasmSandbox,
} from '../src/index.js';
import {
  type Case,
  type DescribedFunction,
  type Expectation,
  guest,
  readCases,
  type Step,
  untag,
} from './conformance/case.js';

interface Outcome {
  value?: unknown;
  stdout?: string;
  stderr?: string;
  exitCode?: number | null;
  truncated?: boolean;
  files?: Record<string, Uint8Array>;
  events?: AuditEvent[];
}

const outcomes: string[] = [];
const cases = readCases();

for (const one of cases) {
  test(one.id, async () => {
    let outcome = 'fail';
    try {
      await runCase(one);
      outcome = 'pass';
    } finally {
      outcomes.push(`${one.id} ${outcome}\n`);
    }
  });
}

afterAll(() => {
  // A run of single cases says nothing about the rest.
  if (outcomes.length !== cases.length) return;
  const folder = fileURLToPath(new URL('../../../.conformance/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}typescript.txt`, outcomes.sort().join(''));
});

async function runCase(one: Case) {
  const written = { stdout: '', stderr: '' };
  const events: AuditEvent[] = [];
  const options = {
    policy: one.policy,
    host: one.host && hostFunctions(one.host),
    argv: one.argv,
    env: one.env,
    files: one.files,
    config: one.config,
    onStdout: (chunk: Uint8Array) => {
      written.stdout += Buffer.from(chunk).toString();
    },
    onStderr: (chunk: Uint8Array) => {
      written.stderr += Buffer.from(chunk).toString();
    },
    onAudit: (event: AuditEvent) => events.push(event),
  };
  // A command has no state to keep: each run of one is the one-liner.
  const command = one.source.wasm && one.do.some((step) => step.run);
  const opened = command ? undefined : open(one, options).catch((error: unknown) => error);
  for (const [i, step] of one.do.entries()) {
    written.stdout = written.stderr = '';
    const begun = performance.now();
    const sandbox = await opened;
    const attempt = async (): Promise<Outcome> => {
      if (sandbox instanceof Error) throw sandbox;
      if (step.audit) return { value: events, events };
      if (command) return runCommand(one, step, options);
      const value = await perform(sandbox as WasmSandbox | Session, step);
      return isResult(value) ? value : { value, ...written };
    };
    const got = await attempt().catch((error: unknown) => error);
    const last = i === one.do.length - 1;
    const expected = last ? one.expect : step.expect;
    if (expected) check(expected, got, performance.now() - begun);
    else if (got instanceof Error) throw got;
  }
  const sandbox = await opened;
  if (sandbox && !(sandbox instanceof Error)) await (sandbox as WasmSandbox).dispose();
}

type Options = Parameters<typeof WasmSandbox.javascript>[0] & object;

async function open(one: Case, options: Options): Promise<WasmSandbox | Session> {
  const { javascript, wasm, base64 } = one.source;
  if (javascript) return WasmSandbox.javascript(options);
  if (wasm) return WasmSandbox.fromFile(guest(wasm), options);
  return WasmSandbox.fromBytes(new Uint8Array(Buffer.from(base64 ?? '', 'base64')), options);
}

function runCommand(one: Case, step: Step, options: Options): Promise<Outcome> {
  const wasm = readFileSync(guest(one.source.wasm ?? ''));
  const { timeoutMs } = step;
  const limits = timeoutMs === undefined ? undefined : { wallTimeMs: timeoutMs };
  return run({ ...options, wasm, stdin: one.stdin, limits, signal: signalOf(step) } as never);
}

async function perform(sandbox: WasmSandbox | Session, step: Step): Promise<unknown> {
  const args = step.args?.map(untag) ?? [];
  const options = { timeoutMs: step.timeoutMs, signal: signalOf(step) };
  const module = sandbox as WasmSandbox;
  if (step.call !== undefined) return sandbox.call(step.call, args, options);
  if (typeof step.run === 'string') {
    const inputs = untag(step.inputs ?? {}) as Record<string, Value>;
    return (sandbox as Session).run(step.run, { ...options, inputs });
  }
  if (step.run) return run({ wasm: guest('calculator.wasm') });
  if (step.prepare !== undefined) return module.prepare(step.prepare)(...(args as number[]));
  if (step.batch) {
    return module.callBatch(
      step.batch.map(([name, list]) => ({ function: name, args: list.map(untag) })),
    );
  }
  if (step.reset) return sandbox.reset();
  if (step.dispose) return sandbox.dispose();
  if (step.exports) return module.exports();
  throw new Error('a step does something');
}

function signalOf(step: Step): AbortSignal | undefined {
  return step.cancelAfterMs === undefined ? undefined : AbortSignal.timeout(step.cancelAfterMs);
}

function hostFunctions(described: Record<string, DescribedFunction>): HostFunctions {
  return Object.fromEntries(
    Object.entries(described).map(([name, one]) => [name, hostFunction(one)]),
  );
}

function hostFunction(described: DescribedFunction) {
  const { returns, echoes, throws, sleepsMs = 0, neverReturns } = described;
  const answer = (args: Value[]): Value => {
    if (throws) throw Object.assign(new Error(throws.message), { name: throws.type });
    return echoes ? args : untag(returns ?? null);
  };
  if (neverReturns) return () => new Promise<Value>(() => {});
  if (!described.async) return (...args: Value[]) => answer(args);
  return async (...args: Value[]) => {
    await sleep(sleepsMs);
    return answer(args);
  };
}

const isResult = (value: unknown): value is Outcome =>
  value !== null && typeof value === 'object' && 'stdoutBytes' in value;

function check(expected: Expectation, got: unknown, took: number) {
  if (expected.withinMs !== undefined) expect(took).toBeLessThanOrEqual(expected.withinMs);
  if (expected.atLeastMs !== undefined)
    expect(Math.ceil(took)).toBeGreaterThanOrEqual(expected.atLeastMs);
  if (got instanceof Error) {
    if (!expected.error || !(got instanceof SandboxError)) throw got;
    expect(got.code, got.message).toBe(expected.error.code);
    expect(got.details, got.message).toMatchObject(expected.error.details ?? {});
  } else {
    expect(expected.error, 'no error came').toBeUndefined();
  }
  const result = (got instanceof SandboxError ? got.result : got) as Outcome | undefined;
  for (const part of ['stdout', 'stderr', 'exitCode', 'truncated'] as const) {
    if (part in expected) expect(result?.[part], part).toBe(expected[part]);
  }
  if ('value' in expected && !isDeepStrictEqual(result?.value ?? null, untag(expected.value))) {
    expect.fail(`value: ${inspect(result?.value)}, expected ${inspect(untag(expected.value))}`);
  }
  if (expected.files) {
    const files = Object.entries(result?.files ?? {});
    const packed = files.map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]);
    expect(Object.fromEntries(packed)).toEqual(expected.files);
  }
  for (const event of expected.events ?? []) {
    expect(result?.events).toContainEqual(expect.objectContaining(event));
  }
}
