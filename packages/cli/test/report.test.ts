// How errors are told, and with which status they end the command.

import { expect, test } from 'vitest';
import { ResourceLimitError, SandboxError, SecurityViolation, UsageError } from 'wasm-sandbox';
import { coloured } from '../src/colour.js';
import { exitStatus } from '../src/exit.js';
import { describeError } from '../src/report.js';

const plain = { isTTY: false };

test('what, why, what next', () => {
  const error = new ResourceLimitError('wall_timeout', 'Wall timeout exceeded: it ran for 1 s', {
    details: { field: 'wallTimeMs', limit: 1000, used: 1001, stateLost: true },
  });
  expect(describeError(error, plain).split('\n')).toEqual([
    'error: Wall timeout exceeded: it ran for 1 s',
    '  code: wall_timeout (field: wallTimeMs, limit: 1000, used: 1001)',
    expect.stringMatching(/^ {2}next: .*--timeout/),
  ]);
});

test('a guest’s words cannot steer the terminal', () => {
  const error = new SecurityViolation('access_denied', 'Access denied: \u001b[2J\rfine', {
    details: { target: '\u001b]0;x\u0007', stack: 'at \u001b[1m\nat b' },
  });
  for (const stream of [plain, { isTTY: true }]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: only our own colours may be there
    const text = describeError(error, stream).replace(/\u001b\[\d{1,2}m/g, '');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\r');
    expect(text).toContain('\\x1b[2J');
  }
});

test('colours only where they are wanted', () => {
  expect(coloured({ isTTY: true }, {})).toBe(true);
  expect(coloured({ isTTY: false }, {})).toBe(false);
  expect(coloured({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(coloured({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
});

test('statuses', () => {
  const status = (code: SandboxError['code'], details = {}) =>
    exitStatus(
      new (code === 'invalid_policy' ? UsageError : SandboxError)(code, 'text', { details }),
    );
  expect(status('guest_exit', { exitCode: 3 })).toBe(3);
  expect(status('guest_exit', { exitCode: 256 })).toBe(1);
  expect(status('guest_exception')).toBe(1);
  expect(status('access_denied')).toBe(1);
  expect(status('invalid_policy')).toBe(2);
  expect(
    ['cpu_timeout', 'wall_timeout', 'fuel_exhausted'].map((code) => status(code as never)),
  ).toEqual([124, 124, 124]);
  expect(status('memory_limit')).toBe(137);
  expect(status('internal')).toBe(70);
  expect(exitStatus(new TypeError('oops'))).toBe(70);
});
