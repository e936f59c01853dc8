// The published schema against the shared documents: it accepts every valid one, and refuses exactly those
// invalid ones of which their files say so. Results are held against it by the packages that make them.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const json = (path) => JSON.parse(readFileSync(`${root}${path}`, 'utf8'));
const cases = (folder) =>
  readdirSync(`${root}fixtures/policies/${folder}`).map((file) => ({
    file,
    ...json(`fixtures/policies/${folder}/${file}`),
  }));

const schema = json('core/schema/policy.schema.json');
// Nullable lists name two types, which strict mode would ask to be written in another way.
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
const invalid = cases('invalid').filter((one) => 'policy' in one);

test.each(cases('valid').filter((one) => typeof one.policy === 'object'))(
  'accepts $file',
  (one) => {
    expect(validate(one.policy), JSON.stringify(validate.errors)).toBe(true);
  },
);

test.each(invalid)('says of $file what its file says', ({ policy, schema: refused }) => {
  expect(validate(policy)).toBe(!refused);
});

test('there are cases of both kinds', () => {
  expect(invalid.filter((one) => one.schema).length).toBeGreaterThan(20);
  expect(invalid.filter((one) => !one.schema).length).toBeGreaterThan(20);
});

test.each(schema.examples)('the preset $preset is a valid document', (preset) => {
  expect(validate(preset)).toBe(true);
});

test('results have a schema that compiles', () => {
  const results = json('core/schema/result.schema.json');
  const check = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(results);
  const event = { time: 1, sandbox: 's', kind: 'access', capability: 'c', target: 't', rule: 'r' };
  expect(check({ ...event, outcome: 'denied' })).toBe(true);
  expect(check(event)).toBe(false);
});
