// Policies: presets, documents, ceilings, and that nothing gets lost on the way into JSON.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Capability, parsePolicy, SecurityPolicy } from '../src/index.js';
import { failure } from './expect.js';

test('presets are complete documents', () => {
  expect(SecurityPolicy.strict().limits).toMatchObject({
    memoryBytes: 64 << 20,
    cpuTimeMs: 10_000,
  });
  expect(SecurityPolicy.moderate().limits).toMatchObject({
    memoryBytes: 128 << 20,
    cpuTimeMs: 30_000,
  });
  expect(SecurityPolicy.permissive().limits).toMatchObject({
    memoryBytes: 512 << 20,
    wallTimeMs: 300_000,
  });
  expect(SecurityPolicy.strict().toJSON()).toMatchObject({ version: 1, preset: 'strict' });
});

test('a document survives the way there and back', () => {
  for (const preset of ['strict', 'moderate', 'permissive'] as const) {
    const policy = SecurityPolicy[preset]();
    expect(SecurityPolicy.fromJson(policy.toJson()).toJson()).toBe(policy.toJson());
    expect(JSON.parse(JSON.stringify({ policy })).policy).toEqual(policy.toJSON());
  }
  expect(inspect(SecurityPolicy.strict())).toContain('memoryBytes');
});

test('mistakes are named by their path', async () => {
  const bad = async (document: unknown) =>
    (await failure(() => SecurityPolicy.fromJson(document as never), 'invalid_policy')).details
      .path;
  expect(await bad({ version: 1, limits: { memoryByte: 1 } })).toContain('limits');
  expect(await bad({ version: 1, limits: { memoryBytes: 'lots' } })).toBe('$.limits.memoryBytes');
  expect(await bad({ version: 1, limits: { cpuTimeMs: Number.NaN } })).toBe('$.limits.cpuTimeMs');
  expect(await bad({ version: 1, limits: { cpuTimeMs: () => 5 } })).toBe('$.limits.cpuTimeMs');
  expect(await bad({ version: 1, limits: { memoryBytes: 5n } })).toBe('$.limits.memoryBytes');
  expect(await bad({ version: 1, preset: 'loose' })).toBe('$.preset');
  await bad('not json');
  await bad({ version: 2 });
  await bad(null);
  const cyclic: Record<string, unknown> = { version: 1 };
  cyclic.limits = cyclic;
  await bad(cyclic);
});

test('the builder gathers everything', () => {
  const policy = SecurityPolicy.builder('moderate')
    .allowNetworkAccess(['api.trusted.com', 'cdn.example.com'])
    .allowFilesystemAccess(['/data'], { readOnly: true })
    .allowEnvironmentAccess(['HOME', 'USER'])
    .allowEnvironmentAccess({ MODE: 'test' })
    .allowHostFunctions(['lookup'])
    .enableAuditLogging(true)
    .maxExecutionTime(30_000)
    .memoryLimit(1 << 20)
    .limits({ hostCalls: 5, cpuTimeMs: undefined })
    .build()
    .toJSON();
  expect(policy.limits).toMatchObject({
    wallTimeMs: 30_000,
    memoryBytes: 1 << 20,
    hostCalls: 5,
    cpuTimeMs: 30_000,
  });
  expect(policy.capabilities.network.at(-1)).toMatchObject({
    domains: ['api.trusted.com', 'cdn.example.com'],
    requireHttps: true,
  });
  expect(policy.capabilities.filesystem).toMatchObject([{ guest: '/data', mode: 'ro' }]);
  expect(policy.capabilities.environment).toMatchObject({
    inherit: ['HOME', 'USER'],
    variables: { MODE: 'test' },
  });
  expect(policy.capabilities.hostFunctions).toEqual(['lookup']);
  expect(policy.audit).toEqual({ enabled: true, level: 'decisions' });
});

test('the builder takes nothing for nothing', () => {
  const policy = SecurityPolicy.builder()
    .allowNetworkAccess(null)
    .allowFilesystemAccess(undefined)
    .allowEnvironmentAccess(null)
    .allowHostFunctions(null)
    .enableAuditLogging(null)
    .maxExecutionTime(undefined)
    .memoryLimit(null)
    .limits(null)
    .addCapability(undefined)
    .build();
  expect(policy.toJSON()).toEqual(SecurityPolicy.strict().toJSON());
});

test('each capability is a rule of its own', () => {
  const policy = SecurityPolicy.strict()
    .withCapability(Capability.networkAccess(['a.example.com'], { allowedPorts: [443] }))
    .withCapability(Capability.networkAccess(['b.example.com'], { requireHttps: false }));
  const { network } = policy.toJSON().capabilities;
  expect(network).toHaveLength(2);
  expect(network[0]).toMatchObject({
    domains: ['a.example.com'],
    ports: [443],
    requireHttps: true,
  });
  expect(network[1]).toMatchObject({ domains: ['b.example.com'], requireHttps: false });
  expect(SecurityPolicy.strict().toJSON().capabilities.network).toEqual([]);
});

test('a ceiling holds whatever the document asks for', () => {
  const asked = {
    version: 1,
    preset: 'permissive',
    limits: { memoryBytes: 1 << 30, hostCalls: 3 },
  };
  const { limits, capabilities } = parsePolicy(JSON.stringify(asked), {
    ceiling: 'strict',
  }).toJSON();
  expect(limits.memoryBytes).toBe(64 << 20);
  expect(limits.cpuTimeMs).toBe(10_000);
  expect(limits.hostCalls).toBe(3);
  expect(capabilities.network).toEqual([]);
});

test('a limit that no document can hold is named by its place, whoever gives it', async () => {
  const limits = { cpuTimeMs: Number.NaN };
  const path = '$.limits.cpuTimeMs';
  for (const make of [
    () => SecurityPolicy.strict().withLimits(limits),
    () => SecurityPolicy.builder().limits(limits).build(),
    () => parsePolicy({ version: 1, limits }),
  ]) {
    expect((await failure(make, 'invalid_policy')).details.path).toBe(path);
  }
});

test('withLimits leaves the original alone', () => {
  const strict = SecurityPolicy.strict();
  expect(strict.withLimits({ memoryBytes: 1 << 20 }).limits.memoryBytes).toBe(1 << 20);
  expect(strict.limits.memoryBytes).toBe(64 << 20);
  expect(strict.withLimits({ cpuTimeMs: null }).limits.cpuTimeMs).toBeNull();
  // What is undefined is not "no limit".
  expect(strict.withLimits({ cpuTimeMs: undefined, hostCalls: 5 }).limits).toEqual({
    ...strict.limits,
    hostCalls: 5,
  });
});
