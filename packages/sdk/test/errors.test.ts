// The error classes: which family a code belongs to, and what each error carries.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { fromNative, sandboxError } from '../src/errors.js';
import { errorFamilies } from '../src/generated/errors.js';
import * as sdk from '../src/index.js';

const classes = {
  security: sdk.SecurityViolation,
  resource: sdk.ResourceLimitError,
  execution: sdk.ExecutionError,
  usage: sdk.UsageError,
  lifecycle: sdk.LifecycleError,
  internal: sdk.SandboxError,
};

test('every code has the class of its family', () => {
  for (const [code, family] of Object.entries(errorFamilies)) {
    const error = sandboxError(code as sdk.ErrorCode, 'text');
    expect(error).toBeInstanceOf(classes[family]);
    expect(error).toBeInstanceOf(sdk.SandboxError);
    expect(error.name).toBe(classes[family].name);
    expect(error.family).toBe(family);
    expect(error.stack).toContain(`${error.name}: text`);
  }
  expect(Object.keys(errorFamilies)).toHaveLength(26);
});

test('what the native part throws becomes one of them', () => {
  const document = {
    code: 'access_denied',
    message: 'Access denied: no',
    details: { target: 'x' },
  };
  const thrown = Object.assign(new Error(document.message), { sandboxError: document });
  const error = fromNative(thrown, 'why') as sdk.SandboxError;
  expect(error).toBeInstanceOf(sdk.SecurityViolation);
  expect(error.message).toBe('Access denied: no');
  expect(error.details).toEqual({ target: 'x' });
  expect(error.cause).toBe('why');
  expect(error.result).toBeUndefined();
});

test('anything else passes as it is', () => {
  const unknown = { code: 'constructor', message: 'm' };
  for (const other of [
    new Error('plain'),
    Object.assign(new Error('m'), { sandboxError: unknown }),
    { sandboxError: { code: 'busy' } },
    5,
  ]) {
    expect(fromNative(other)).toBe(other);
  }
});

test('printed, an error shows its code and not its whole result', () => {
  const error = sandboxError('busy', 'Busy: later', { details: { reentrant: true } });
  expect(inspect(error)).toContain("code: 'busy'");
  expect(inspect(error)).not.toContain('result');
});

test('details are plain numbers, however large: they may be written as JSON', async () => {
  const code = "open('/tmp/x', 'wb').truncate(2 ** 60)";
  const error = await sdk.run({ python: code }).catch((thrown: unknown) => thrown);
  const { details } = error as sdk.SandboxError;
  expect(details.used).toBeGreaterThan(2 ** 59);
  expect(JSON.parse(JSON.stringify(details))).toEqual(details);
});
