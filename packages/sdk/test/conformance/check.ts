// Holds an outcome against what a case expects: only what is named is compared, never a message.
import { inspect, isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { type AuditEvent, SandboxError, type Usage } from '../../src/index.js';
import { type Expectation, untag } from './case.js';

/** What a step came to. */
export interface Outcome {
  value?: unknown;
  stdout?: string;
  stderr?: string;
  exitCode?: number | null;
  truncated?: boolean;
  files?: Record<string, Uint8Array>;
  events?: AuditEvent[];
  usage?: Usage;
  report?: object;
}

export function check(expected: Expectation, got: unknown, took: number) {
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
  if (expected.usage) expect(result?.usage).toMatchObject(expected.usage);
  if (expected.report) expect(result?.report).toMatchObject(expected.report);
}
