// The reference of the API, from copies of the sources: what is added to the SDK is in it in all three languages, and
// what a language lacks stops the generator or is said.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readApi } from '../src/api.mjs';
import { readModel } from '../src/model.mjs';
import { apiReference } from '../src/writers/reference.mjs';

const sdk = fileURLToPath(new URL('../../sdk/src', import.meta.url));
const schema = fileURLToPath(new URL('../../../core/schema', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codegen-'));
  cpSync(sdk, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const reference = () => apiReference(readModel(schema), readApi(folder));

function change(file, from, to) {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

/** What stands under a heading. */
const section = (title) => {
  const [, rest = ''] = reference().split(`### ${title}\n`);
  return rest.split('\n##')[0];
};

test('a new method stands there in three languages, with what it says and throws', () => {
  change(
    'session.ts',
    '  /** Calls a function that earlier',
    `  /**
   * Dreams of a topic.
   *
   * @throws UsageError \`not_found\` when nobody sleeps.
   */
  async dreamOf(topicName: string, ms: Milliseconds): Promise<Usage> {
    throw [topicName, ms];
  }

  /** Calls a function that earlier`,
  );
  expect(section('Session.dreamOf')).toBe(`
Dreams of a topic.

\`\`\`ts
dreamOf(topicName: string, ms: Milliseconds): Promise<Usage>
\`\`\`

\`\`\`python
async def dream_of(topic_name: str, seconds: float) -> Usage
\`\`\`

\`\`\`go
func (g *Session) DreamOf(ctx context.Context, topicName string, timeout time.Duration) (*ResourceStats, error)
\`\`\`

**Errors**: UsageError \`not_found\` when nobody sleeps.
`);
});

test('a new option is in the table, with each language’s unit', () => {
  change(
    'options.ts',
    '  /** What an Extism plug-in',
    '  /** How long it dreams. */\n  dreamMs?: Milliseconds | undefined;\n  /** What an Extism plug-in',
  );
  expect(section('CallOptions')).toMatch(
    /\| `dreamMs\?: Milliseconds \\\| null` \| `dream: float \\\| None` \| `DreamMs\(value time.Duration\)` \| How long it dreams. \|/,
  );
});

test('by hand or generated, every member has its form', () => {
  const text = reference();
  for (const form of [
    'KvStore(namespace: str)',
    'func sandbox.OpenKvStore(',
    'func sandbox.FromURL(',
    'func sandbox.NewSessionPool(',
    'SandboxPool(\n    source: Source,\n',
    'func security.StrictPolicy() *Policy',
    'async def dispose() -> None',
    'Close() error',
    'runSync<T>(',
  ]) {
    expect(text).toContain(form);
  }
  expect(text).not.toMatch(/\bself\b/);
  // Python's own ways: none for a promise's signal, and no member without its form but those that are named.
  const missing = [...text.matchAll(/^### (\S+)\n(?:(?!^###)[\s\S])*?^Not in (.*)\.$/gm)];
  expect(missing.map(([, member, where]) => `${member}: ${where}`)).toEqual([
    'SandboxBuilder.signal: Python and Go',
    'Capability.toJson: Go',
    'Guest.[Symbol.asyncDispose]: Python and Go',
    'SecurityPolicy.toJSON: Python and Go',
    'SecurityPolicy.[inspect.custom]: Python and Go',
    'SandboxPool.use: Python',
    'SandboxPool.[Symbol.asyncDispose]: Python and Go',
  ]);
});

test('a member for which Go has nothing stops the generator', () => {
  change(
    'session.ts',
    '  /** Calls a function that earlier',
    '  /** Whether all dream. */\n  static dreaming(): boolean {\n    return true;\n  }\n\n  /** Calls a function that earlier',
  );
  expect(reference).toThrow('the Go package has nothing for Session.dreaming');
});
