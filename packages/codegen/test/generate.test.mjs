// The generator, on copies of the schemas: what is added there appears in every output; stale files are named.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../src/command.mjs';
import { generate } from '../src/generate.mjs';

const schemas = fileURLToPath(new URL('../../../core/schema', import.meta.url));
const sources = fileURLToPath(new URL('../../sdk/src', import.meta.url));
const types = 'packages/sdk/src/generated';
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codegen-'));
  cpSync(schemas, join(root, 'core/schema'), { recursive: true });
  cpSync(sources, join(root, 'packages/sdk/src'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (file) => readFileSync(join(root, file), 'utf8');
function change(file, edit) {
  const path = join(root, 'core/schema', file);
  const schema = JSON.parse(readFileSync(path, 'utf8'));
  edit(schema);
  writeFileSync(path, JSON.stringify(schema));
}

test('a second run finds nothing stale', () => {
  // The types in the SDK's sources are there already.
  expect(generate({ root }).length).toBeGreaterThan(5);
  expect(generate({ root, check: true })).toEqual([]);
});

test('a new policy field appears in types and reference', () => {
  generate({ root });
  change('policy.schema.json', (schema) => {
    schema.$defs.Limits.properties.dreams = {
      type: ['integer', 'null'],
      default: 7,
      minimum: 1,
      maximum: 9,
      description: 'Dreams of one night.',
    };
  });
  change('errors.json', ({ limits }) => limits.unshift({ field: 'dreams', code: 'value_limit' }));
  expect(generate({ root, check: true })).toEqual(
    expect.arrayContaining([
      `${types}/policy.ts`,
      `${types}/errors.ts`,
      'docs/reference/policy.md',
      'docs/reference/errors.md',
      'bindings/go/pkg/security/policy.gen.go',
      'bindings/python/python/wasm_sandbox/_generated/types.py',
    ]),
  );
  generate({ root });
  const policy = read(`${types}/policy.ts`);
  expect(policy).toContain('  dreams: number | null;');
  expect(policy).toContain('  dreams?: number | null;');
  expect(policy).toContain('   * Dreams of one night.\n   * From 1 to 9.');
  expect(policy.indexOf('dreams')).toBeLessThan(policy.indexOf('memoryBytes'));
  expect(read(`${types}/errors.ts`)).toContain("  dreams: 'value_limit',");
  const row =
    '| `dreams` | integer or null | `7` | 1 to 9 | `value_limit` | Dreams of one night. |';
  expect(read('docs/reference/policy.md')).toContain(row);
  expect(read('docs/reference/errors.md')).toContain('| `dreams` | `value_limit` |');
});

test('a new field of results appears in their types', () => {
  change('result.schema.json', (schema) => {
    schema.$defs.Usage.properties.dreams = { type: 'array', items: { type: ['string', 'null'] } };
    schema.$defs.Usage.required.push('dreams');
  });
  generate({ root });
  expect(read(`${types}/result.ts`)).toContain('  dreams: (string | null)[];');
});

test('a new error code appears in types and reference', () => {
  change('errors.json', (schema) => {
    schema.codes.push({
      code: 'bad_dream',
      family: 'execution',
      title: 'Bad dream',
      description: 'The guest slept badly.',
      remedy: 'Wake it.',
    });
  });
  generate({ root });
  expect(read(`${types}/errors.ts`)).toContain("bad_dream: 'execution'");
  expect(read(`${types}/errors.ts`)).toContain("  | 'bad_dream'");
  expect(read('docs/reference/errors.md')).toContain('| `bad_dream` | execution |');
});

test('what the generator does not know stops it', () => {
  change('policy.schema.json', (schema) => {
    schema.$defs.Limits.properties.dreams = { allOf: [{ type: 'integer' }] };
  });
  expect(() => generate({ root })).toThrow('dreams');
});

test('a check names the stale file and what mends it, and writes nothing', () => {
  generate({ root });
  expect(run({ root, args: ['--check'] })).toEqual({ lines: [], status: 0 });
  writeFileSync(join(root, 'docs/reference/errors.md'), 'by hand');
  const { lines, status } = run({ root, args: ['--check'] });
  expect(lines).toEqual(['docs/reference/errors.md is stale; run `npm run generate`']);
  expect(status).toBe(1);
  expect(read('docs/reference/errors.md')).toBe('by hand');
  expect(run({ root, args: [] }).lines).toEqual(['wrote docs/reference/errors.md']);
  expect(run({ root, args: ['--what'] }).status).toBe(2);
});

test('every generated file says so in its first line', () => {
  for (const file of generate({ root })) expect(read(file).split('\n')[0]).toContain('GENERATED');
});

test('what is committed is what the schemas give', () => {
  const repository = fileURLToPath(new URL('../../../', import.meta.url));
  expect(generate({ root: repository, check: true })).toEqual([]);
});
