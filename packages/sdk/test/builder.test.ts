// The builder: what it takes, what it ignores, and how its times work together.
import { expect, test } from 'vitest';
import { Capability, SecurityPolicy, WasmSandbox } from '../src/index.js';
import { failure } from './expect.js';
import { calculator, trouble } from './guests.js';

test('every method accepts undefined and null as not given', async () => {
  const builder = WasmSandbox.builder().source(calculator);
  for (const nothing of [undefined, null]) {
    builder
      .source(nothing)
      .securityPolicy(nothing)
      .memoryLimit(nothing)
      .cpuTimeout(nothing)
      .maxExecutionTime(nothing)
      .limits(nothing)
      .addCapability(nothing)
      .instanceId(nothing)
      .host(nothing)
      .env(nothing)
      .argv(nothing)
      .files(nothing)
      .config(nothing)
      .onStdout(nothing)
      .onStderr(nothing)
      .onAudit(nothing)
      .signal(nothing);
  }
  await using sandbox = await builder.build();
  expect(await sandbox.call('add', [1, 2])).toBe(3);
});

test('without a source there is nothing to build', async () => {
  await failure(WasmSandbox.builder().build(), 'invalid_argument');
});

/** How long a wall limit turned out to be, told by the error's details. */
async function wallLimit(build: (b: ReturnType<typeof WasmSandbox.builder>) => unknown) {
  const builder = WasmSandbox.builder().source(trouble);
  build(builder);
  await using sandbox = await builder.build();
  const { field, limit } = (await failure(sandbox.call('spin'), 'wall_timeout')).details;
  expect(field).toBe('wallTimeMs');
  return limit;
}

test('cpuTimeout raises a wall time that nobody chose, and only raises', async () => {
  const limits = (policy: SecurityPolicy) => policy.limits;
  expect(limits(SecurityPolicy.strict()).wallTimeMs).toBe(30_000);
  // A chosen one stays, whoever chose it and in whatever order.
  expect(await wallLimit((b) => b.maxExecutionTime(30).cpuTimeout(5_000))).toBe(30);
  expect(await wallLimit((b) => b.cpuTimeout(5_000).maxExecutionTime(30))).toBe(30);
  const chosen = SecurityPolicy.builder().maxExecutionTime(40).build();
  expect(await wallLimit((b) => b.securityPolicy(chosen).cpuTimeout(5_000))).toBe(40);
  const document = { version: 1, limits: { wallTimeMs: 50 } } as const;
  expect(await wallLimit((b) => b.cpuTimeout(5_000).securityPolicy(document))).toBe(50);
});

test('a limit that is no number is refused and never means none', async () => {
  const builder = () => WasmSandbox.builder().source(calculator);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1, '5' as never]) {
    await failure(builder().memoryLimit(bad).build(), 'invalid_policy');
    await failure(builder().cpuTimeout(bad).build(), 'invalid_policy');
    await failure(builder().maxExecutionTime(bad).build(), 'invalid_policy');
  }
});

test('a capability that this version cannot enforce is refused by name', async () => {
  const network = Capability.networkAccess(['api.example.com'], {
    allowedPorts: [443],
    requireHttps: true,
    maxRequestSize: 1 << 20,
  });
  const files = Capability.filesystemAccess(['/data'], { readOnly: true, maxFileSize: 1 << 20 });
  for (const capability of [network, files]) {
    const builder = WasmSandbox.builder().source(calculator).addCapability(capability);
    const error = await failure(builder.build(), 'unsupported');
    expect(error.message).toMatch(/network|filesystem/);
  }
});

test('unknown options are refused', async () => {
  const options = { polcy: 'strict' } as never;
  const error = await failure(WasmSandbox.fromBytes(calculator, options), 'invalid_argument');
  expect(error.details.path).toBe('$.polcy');
});

test('options of calls and runs are refused by their place, whichever way they go', async () => {
  await using sandbox = await WasmSandbox.fromBytes(calculator);
  await using session = await WasmSandbox.javascript();
  for (const [options, path] of [
    [{ colour: 1 }, '$.colour'],
    [{ timeoutMs: Number.NaN }, '$.timeoutMs'],
    [{ timeoutMs: 0 }, '$.timeoutMs'],
    [{ output: 'xml' }, '$.output'],
  ] as [object, string][]) {
    for (const work of [
      () => sandbox.call('add', [1, 2], options),
      () => sandbox.callSync('add', [1, 2], options),
      () => sandbox.callBatch([{ function: 'add', args: [1, 2] }], options),
      () => sandbox.callWithAudit('add', [1, 2], options),
      () => session.run('1', options),
      () => session.runSync('1', options),
    ]) {
      expect((await failure(work, 'invalid_argument')).details.path).toBe(path);
    }
  }
  // What is undefined or null is not given.
  const nothing = { timeoutMs: undefined, output: undefined, signal: undefined };
  for (const options of [nothing, null as never, {}]) {
    expect(await sandbox.call('add', [1, 2], options)).toBe(3);
    expect((await session.run('1', options)).value).toBe(1);
  }
});

test('an audit sink hears of the instance by its name', async () => {
  const events: { sandbox: string; target: string }[] = [];
  const policy = { version: 1, audit: { enabled: true, level: 'all' } } as const;
  await using sandbox = await WasmSandbox.builder()
    .source(calculator)
    .securityPolicy(policy)
    .instanceId('worker-1')
    .onAudit((event) => events.push(event))
    .build();
  await sandbox.call('add', [1, 2]);
  expect(events).toContainEqual(expect.objectContaining({ sandbox: 'worker-1', target: 'add' }));
});
