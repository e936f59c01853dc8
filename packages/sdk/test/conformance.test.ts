// Runs the shared conformance cases against the public API. Ids are the test names; outcomes go to
// `.conformance/typescript.txt` for the report. What a case says, and how an outcome is held
// against it, is in `conformance/`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, test } from 'vitest';
import {
  type AuditEvent,
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
    const failure = await new Running(one).all().then(
      () => undefined,
      (error: unknown) => error ?? new Error('failed'),
    );
    const words = failure ? ['fail', 'expected-failure'] : ['pass', 'unexpected-pass'];
    outcomes.push(`${one.id} ${words[Number(known)]}\n`);
    if (failure && !known) throw failure;
    if (!failure && known) throw new Error('it passes, although it is an expected failure');
  });
}

afterAll(() => {
  // A run of single cases says nothing about the rest.
  if (outcomes.length !== cases.length) return;
  const here = fileURLToPath(new URL('../../../.conformance', import.meta.url));
  const folder = process.env.WASM_SANDBOX_CONFORMANCE_DIR ?? here;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'typescript.txt'), outcomes.sort().join(''));
});

type Guest = WasmSandbox | Session;

/** A case under way. */
class Running {
  readonly written = { stdout: '', stderr: '' };
  readonly events: AuditEvent[] = [];
  readonly snapshots = new Map<string, Uint8Array>();
  /** All that were opened, by name; the first is `main`. */
  readonly guests: [name: string, guest: Guest][] = [];
  /** The current one, as what a step takes it for. */
  session!: Session;
  module!: WasmSandbox;
  readonly options: OpenOptions;

  constructor(readonly one: Case) {
    const { policy, argv, env, files, config } = one;
    const write = (stream: 'stdout' | 'stderr') => (chunk: Uint8Array) => {
      this.written[stream] += Buffer.from(chunk).toString();
    };
    this.options = {
      ...{ policy, argv, env, files, config },
      host: one.host && hostFunctions(one.host),
      packages: packagesOf(one),
      onStdout: write('stdout'),
      onStderr: write('stderr'),
      onAudit: (event: AuditEvent) => this.events.push(event),
    };
  }

  async all() {
    const { one, guests } = this;
    let start = performance.now();
    const whole = one.do.some((step) => step.run === true || step.verify);
    const failed = whole ? undefined : await this.open().catch((error: unknown) => error);
    try {
      for (const [i, step] of one.do.entries()) {
        if (!failed) start = performance.now();
        const got = failed ?? (await this.perform(step).catch((error: unknown) => error));
        const expected = i === one.do.length - 1 ? one.expect : step.expect;
        if (expected) check(expected, got, performance.now() - start);
        else if (got instanceof Error) throw got;
      }
    } finally {
      for (const [, guest] of guests) await guest.dispose();
    }
  }

  async open() {
    const { options, one } = this;
    const { javascript, typescript, python, wasm } = one.source;
    if (javascript) this.use('main', await WasmSandbox.javascript(options));
    else if (typescript) this.use('main', await WasmSandbox.typescript(options));
    else if (python) this.use('main', await WasmSandbox.python(options));
    else if (wasm) this.use('main', await WasmSandbox.fromFile(guest(wasm), options));
    else this.use('main', await WasmSandbox.fromBytes(bytesOf(one), options));
  }

  /** Makes the one of that name the current one. */
  use(name: string, opened?: Guest) {
    if (opened) this.guests.push([name, opened]);
    this.module = new Map(this.guests).get(name) as WasmSandbox;
    this.session = new Map(this.guests).get(name) as Session;
  }

  /** What a step comes to: all that a run gives, or what anything else gives as its value. */
  async perform(step: Step): Promise<Outcome> {
    this.written.stdout = this.written.stderr = '';
    const kind = Object.keys(step).find((key) => key in steps) as keyof Step;
    const got = await (steps[kind] as Does)(this, step[kind], step);
    return isResult(got) ? got : { ...this.written, value: got, [parts[kind] ?? 'value']: got };
  }
}

type Does<What = unknown> = (at: Running, what: What, step: Step) => unknown;

/** What each kind of step does, by the case under way, what stands under its key, and the step. */
const steps: { [Kind in keyof Step]?: Does<NonNullable<Step[Kind]>> } = {
  verify: ({ one }) =>
    verify(one.source.wasm ? guest(one.source.wasm) : bytesOf(one), { policy: one.policy }),
  run: ({ session, options, one }, code, step) => {
    if (code !== true) return session.run(code, runOptions(step));
    const { wasm, ...source } = one.source;
    const module = wasm ? { wasm: guest(wasm) } : (source as { python: string });
    return run({ ...options, ...module, stdin: one.stdin, ...runOptions(step) });
  },
  call: ({ session }, name, step) => session.call(name, values(step.args), callOptions(step)),
  prepare: ({ module }, name, { args }) => module.prepare(name)(...(values(args) as number[])),
  batch: ({ module }, batch, step) => {
    const calls = batch.map(([name, args]) => ({ function: name, args: values(args) }));
    return module.callBatch(calls, callOptions(step));
  },
  reset: ({ session }) => session.reset(),
  dispose: ({ session }) => session.dispose(),
  exports: ({ module }) => module.exports(),
  audit: ({ events }) => events.splice(0),
  stats: ({ session }) => session.getResourceStats(),
  collectGarbage: ({ session }) => session.collectGarbage(),
  snapshot: async ({ session, snapshots }, name, { key: snapshotKey }) => {
    snapshots.set(name, await session.snapshot({ snapshotKey }));
  },
  restore: async (at, name, { key: snapshotKey, changed, policy, packages }) => {
    const image = new Uint8Array(at.snapshots.get(name) ?? []);
    if (changed !== undefined) image.set([(image.at(-changed) ?? 0) ^ 1], image.length - changed);
    const options = { ...at.options, ...(policy && { policy }), snapshotKey };
    if (packages === false) options.packages = undefined;
    at.use(name, await WasmSandbox.restore(image, options));
  },
  fork: async ({ session, guests }, name) => {
    guests.push([name, await session.fork()]);
  },
  use: (at, name) => at.use(name),
};

/** Of what gives neither a result nor a value: which part of an outcome it is. */
const parts: { [Kind in keyof Step]?: keyof Outcome } = {
  verify: 'report',
  stats: 'usage',
  audit: 'events',
};

const isResult = (value: unknown): value is Outcome =>
  value !== null && typeof value === 'object' && 'stdoutBytes' in value;

const values = (list: unknown[] = []): Value[] => list.map(untag);

const bytesOf = ({ source }: Case) => new Uint8Array(Buffer.from(source.base64 ?? '', 'base64'));

const callOptions = ({ timeoutMs, output, cancelAfterMs }: Step) => ({
  timeoutMs,
  output,
  signal: cancelAfterMs === undefined ? undefined : AbortSignal.timeout(cancelAfterMs),
});

const runOptions = (step: Step) => ({
  ...callOptions(step),
  inputs: step.inputs && (untag(step.inputs) as Record<string, Value>),
  call: step.function,
  args: step.function === undefined ? undefined : values(step.args),
});
