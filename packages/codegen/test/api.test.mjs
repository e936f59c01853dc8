// The reading of the API's shape: the SDK as it is, and copies of it with something added.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readApi } from '../src/api.mjs';

const sources = fileURLToPath(new URL('../../sdk/src', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codegen-'));
  cpSync(sources, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change(file, from, to) {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(folder, file), text.replace(from, to));
}

const named = (list, name) => list.find((one) => one.name === name);

test('methods have parameters, units, documentation and what a promise resolves to', () => {
  const api = readApi(sources);
  const sandbox = named(api.classes, 'WasmSandbox');
  expect(sandbox.extends).toBe('Guest');
  const call = named(sandbox.members, 'callWithTimeout');
  expect(call).toMatchObject({ async: true, static: false, returns: { kind: 'named', name: 'T' } });
  expect(call.params.map(({ name, optional }) => `${name}${optional ? '?' : ''}`)).toEqual([
    'name',
    'args',
    'ms',
    'options?',
  ]);
  expect(call.params[2].type).toEqual({ kind: 'named', name: 'Milliseconds' });
  expect(call.doc).toBe('Calls an export with a tighter limit on elapsed time.');
  expect(named(sandbox.members, 'fromFile')).toMatchObject({
    static: true,
    throws: 'UsageError `not_found`, `invalid_module`.',
  });
});

test('what is private, protected or internal is not part of it', () => {
  const api = readApi(sources);
  const members = (name) => named(api.classes, name).members.map((one) => one.name);
  expect(members('Guest')).not.toContain('during');
  expect(members('Guest')).not.toContain('handle');
  expect(members('Session')).not.toContain('constructor');
});

test('interfaces have inherited fields without what is omitted', () => {
  const options = named(readApi(sources).interfaces, 'RunOptions');
  const names = options.fields.map((one) => one.name);
  expect(names).toEqual(expect.arrayContaining(['policy', 'stdin', 'timeoutMs', 'python']));
  expect(names.filter((name) => name === 'files')).toHaveLength(1);
});

test('a new method and a new option are found', () => {
  change(
    'guest.ts',
    '  /** Whether it was disposed of',
    '  /** Dreams for a while. */\n  dream(ms: Milliseconds, deep = 1): Promise<Bytes[]> {\n    throw [ms, deep];\n  }\n\n  /** Whether it was disposed of',
  );
  change(
    'options.ts',
    '  /** The name in audit',
    '  /** Colour. */\n  colour?: string;\n  /** The name in audit',
  );
  const api = readApi(folder);
  expect(named(named(api.classes, 'Guest').members, 'dream')).toMatchObject({
    doc: 'Dreams for a while.',
    async: true,
    params: [
      { name: 'ms', type: { kind: 'named', name: 'Milliseconds' }, optional: false },
      { name: 'deep', type: { kind: 'number' }, optional: true },
    ],
    returns: { kind: 'list', item: { kind: 'named', name: 'Bytes' } },
  });
  for (const name of ['OpenOptions', 'RestoreOptions', 'RunOptions']) {
    const { fields } = named(api.interfaces, name);
    expect(named(fields, 'colour')).toMatchObject({ doc: 'Colour.', optional: true });
  }
});

test('what the generator does not know is refused by name', () => {
  change('units.ts', 'export type Bytes = number;', 'export type Bytes = A extends B ? C : D;');
  expect(() => readApi(folder)).toThrow('does not know: A extends B ? C : D');
});
