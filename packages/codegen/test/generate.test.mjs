// The generator, on copies of the schemas: what is added there appears in every output; stale files are named.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generate } from '../src/generate.mjs';

const schemas = fileURLToPath(new URL('../../../core/schema', import.meta.url));
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codegen-'));
  cpSync(schemas, join(root, 'core/schema'), { recursive: true });
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
  expect(generate({ root })).toHaveLength(5);
  expect(generate({ root, check: true })).toEqual([]);
});

test('a new policy field appears in types and reference', () => {
  generate({ root });
  change('policy.schema.json', (schema) => {
    schema.$defs.Limits.properties.dreams = {
      type: ['integer', 'null'],
      default: 7,
      description: 'Dreams of one night.',
    };
  });
  expect(generate({ root, check: true })).toEqual([
    'packages/sdk/src/generated/policy.ts',
    'docs/reference/policy.md',
  ]);
  generate({ root });
  const types = read('packages/sdk/src/generated/policy.ts');
  expect(types).toContain('  dreams: number | null;');
  expect(types).toContain('  dreams?: number | null;');
  expect(types).toContain('/** Dreams of one night. */');
  expect(read('docs/reference/policy.md')).toContain('| `dreams` | integer or null | `7` |');
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
  expect(read('packages/sdk/src/generated/errors.ts')).toContain("bad_dream: 'execution'");
  expect(read('docs/reference/errors.md')).toContain('| `bad_dream` | execution |');
});

test('every generated file says so in its first line', () => {
  for (const file of generate({ root })) expect(read(file).split('\n')[0]).toContain('GENERATED');
});
