// The Go writers, on copies of the sources: what is added to the SDK or to the schemas is in the Go package.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generate } from '../src/generate.mjs';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const folders = ['core/schema', 'packages/sdk/src'];
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codegen-go-'));
  for (const one of folders) cpSync(join(repository, one), join(root, one), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const go = (file) => readFileSync(join(root, 'bindings/go/pkg', file), 'utf8');

function change(file, from, to) {
  const path = join(root, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

test('a new method, option and builder step are in the package', () => {
  change(
    'packages/sdk/src/policy.ts',
    '  /** The limits in force',
    '  /** Whether it dreams. */\n  dreams(depth: number): boolean {\n    return true;\n  }\n\n  /** The limits in force',
  );
  change(
    'packages/sdk/src/guest.ts',
    '  /** Whether it was disposed of',
    '  /** Whether it dreams. */\n  get dreaming(): boolean {\n    return true;\n  }\n\n  /** Whether it was disposed of',
  );
  change(
    'packages/sdk/src/guest.ts',
    '  /** Whether it was disposed of',
    '  /** Dreams for a while. */\n  dream(ms: Milliseconds, deep = 1): Promise<Bytes[]> {\n    throw [ms, deep];\n  }\n\n  /** Whether it was disposed of',
  );
  change(
    'packages/sdk/src/options.ts',
    '  /** The name in audit',
    '  /** Its colour. */\n  colour?: string | undefined;\n  /** The name in audit',
  );
  change(
    'packages/sdk/src/builder.ts',
    '  /** The name in audit',
    '  /** Its colour. */\n  colour(colour: Maybe<string>): this {\n    return this;\n  }\n\n  /** The name in audit',
  );
  change(
    'packages/sdk/src/pool.ts',
    '  /** Tells what it has',
    '  /** Warms some up. */\n  async warm(most: number): Promise<number> {}\n\n  /** Tells what it has',
  );
  change(
    'packages/sdk/src/pool.ts',
    '  /** How many there are at most.',
    '  /** How warm. */\n  heatMs?: Milliseconds | undefined;\n  /** How many there are at most.',
  );
  generate({ root });
  const guests = go('sandbox/guests.gen.go');
  expect(guests).toContain(
    '\tDream(ctx context.Context, timeout time.Duration, deep int) ([]int64, error)',
  );
  expect(guests).toContain('func (g *Session) Dream(');
  expect(guests).toContain(
    'ask[[]int64](ctx, g.guest, "Guest.dream", plain(core.Params{"ms": core.Milliseconds(timeout), "deep": deep}))',
  );
  // What is told without waiting: of guests, pools and policies.
  expect(guests).toContain('\tDreaming() bool');
  expect(guests).toContain('ask[bool](context.Background(), g.guest, "Guest.dreaming", ');
  expect(guests).toContain('return ask[int64](ctx, g.guest, "Guest.memoryUsage", ');
  expect(go('security/policy.gen.go')).toContain(
    'func (p *Policy) Dreams(depth int) (bool, error) {\n\treturn ask[bool]("SecurityPolicy.dreams", core.Params{"this": p, "depth": depth})',
  );
  expect(go('sandbox/options.gen.go')).toContain('func Colour(value string) Option');
  expect(go('sandbox/pools.gen.go')).toContain('HeatMs time.Duration `json:"heat_ms"`');
  expect(go('sandbox/pools.gen.go')).toContain(
    'ask[int](ctx, p.native, "SandboxPool.warm", plain(core.Params{"most": most}))',
  );
  expect(go('sandbox/builder.gen.go')).toContain(
    'func (b *Builder) Colour(colour string) *Builder',
  );
});

test('a new limit and a new error code are in the package', () => {
  const path = join(root, 'core/schema/policy.schema.json');
  const schema = JSON.parse(readFileSync(path, 'utf8'));
  schema.$defs.Limits.properties.dreamTimeMs = {
    type: ['integer', 'null'],
    description: 'Dreams.',
  };
  writeFileSync(path, JSON.stringify(schema));
  const errors = join(root, 'core/schema/errors.json');
  const codes = JSON.parse(readFileSync(errors, 'utf8'));
  codes.codes.push({
    code: 'bad_dream',
    family: 'execution',
    title: 'Bad',
    description: 'Bad.',
    remedy: 'Wake.',
  });
  writeFileSync(errors, JSON.stringify(codes));
  generate({ root });
  expect(go('security/policy.gen.go')).toContain('DreamTimeMs int64 `json:"dream_time_ms"`');
  expect(go('sandbox/errors.gen.go')).toContain('const CodeBadDream = "bad_dream"');
});

test('what Go has no place for stops the generator', () => {
  change(
    'packages/sdk/src/index.ts',
    "export type { AuditResult } from './audit.js';",
    "export type { AuditResult, Dream } from './audit.js';",
  );
  change(
    'packages/sdk/src/audit.ts',
    '/** The outcome',
    'export interface Dream { n: number }\n\n/** The outcome',
  );
  expect(() => generate({ root })).toThrow('Dream');
});

test('the files are formatted as gofmt has it', () => {
  generate({ root });
  for (const folder of ['sandbox', 'security']) {
    const place = join(root, 'bindings/go/pkg', folder);
    const files = readdirSync(place).map((name) => join(place, name));
    expect(execFileSync('gofmt', ['-l', ...files], { encoding: 'utf8' })).toBe('');
  }
});
