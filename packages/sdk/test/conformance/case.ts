// The form of a case (fixtures/README.md) and the tagged notation of its values.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OutputFormat, Package, PolicyInput, Value } from '../../src/index.js';

const fixtures = new URL('../../../../fixtures/', import.meta.url);

export interface Expectation {
  value?: unknown;
  stdout?: string;
  stderr?: string;
  exitCode?: number;
  files?: Record<string, string>;
  truncated?: boolean;
  error?: { code: string; details?: Record<string, unknown> };
  events?: Record<string, unknown>[];
  usage?: Record<string, unknown>;
  report?: Record<string, unknown>;
  withinMs?: number;
  atLeastMs?: number;
}

export interface Step {
  call?: string;
  prepare?: string;
  run?: string | true;
  batch?: [string, unknown[]][];
  reset?: true;
  dispose?: true;
  exports?: true;
  audit?: true;
  verify?: true;
  stats?: true;
  collectGarbage?: true;
  function?: string;
  output?: OutputFormat;
  args?: unknown[];
  inputs?: Record<string, unknown>;
  cancelAfterMs?: number;
  timeoutMs?: number;
  snapshot?: string;
  restore?: string;
  fork?: string;
  use?: string;
  key?: string;
  changed?: number;
  policy?: PolicyInput;
  /** Restored without the case's packages. */
  packages?: false;
  expect?: Expectation;
}

export interface DescribedFunction {
  returns?: unknown;
  echoes?: true;
  throws?: { type: string; message: string };
  sleepsMs?: number;
  neverReturns?: true;
  async?: true;
}

export interface Case {
  id: string;
  why: string;
  source: {
    javascript?: true | string;
    typescript?: true | string;
    python?: true | string;
    wasm?: string;
    base64?: string;
  };
  policy?: PolicyInput;
  host?: Record<string, DescribedFunction>;
  argv?: string[];
  env?: Record<string, string>;
  stdin?: string;
  files?: Record<string, string>;
  packages?: ({ base64: string } | { name: string; files: Record<string, string> })[];
  config?: Record<string, string>;
  do: Step[];
  expect: Expectation;
}

const keys = {
  case: 'id why source policy host argv env stdin files packages config do expect',
  step: 'call prepare run batch reset dispose exports audit verify stats collectGarbage snapshot restore fork use key changed policy packages function args inputs output cancelAfterMs timeoutMs expect',
  expect:
    'value stdout stderr exitCode files truncated error events usage report withinMs atLeastMs',
  host: 'returns echoes throws sleepsMs neverReturns async',
};

const notCases = ['case.schema.json', 'expected-failures.json'];

/** Ids that may fail in this language. */
export function expectedFailures(language: string): string[] {
  const text = readFileSync(new URL('conformance/expected-failures.json', fixtures), 'utf8');
  return (JSON.parse(text) as Record<string, string[]>)[language] ?? [];
}

/** All cases; unknown keys are errors, so that no runner skips what it does not know. */
export function readCases(): Case[] {
  const folder = new URL('conformance/', fixtures);
  const names = readdirSync(folder).filter((n) => n.endsWith('.json') && !notCases.includes(n));
  return names.flatMap((name) => {
    const { cases } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { cases: Case[] };
    for (const one of cases) {
      only(one, keys.case, one.id);
      only(one.expect, keys.expect, one.id);
      for (const step of one.do) {
        only(step, keys.step, one.id);
        if (step.expect) only(step.expect, keys.expect, one.id);
      }
      for (const described of Object.values(one.host ?? {})) only(described, keys.host, one.id);
    }
    return cases;
  });
}

function only(object: object, known: string, where: string) {
  const unknown = Object.keys(object).find((key) => !known.split(' ').includes(key));
  if (unknown !== undefined) throw new Error(`${where}: the key ${unknown} is not known`);
}

/** Where a guest lies: among the committed ones or the built ones. */
export function guest(name: string): string {
  const places = ['guests/', 'build/'].map((folder) => new URL(`${folder}${name}`, fixtures));
  const place = places.find((url) => existsSync(url));
  if (!place) throw new Error(`${name} is not built; run \`node fixtures/build.mjs\``);
  return fileURLToPath(place);
}

/** The packages of a case. */
export function packagesOf({ packages }: Case): Package[] | undefined {
  return packages?.map((one) =>
    'base64' in one ? new Uint8Array(Buffer.from(one.base64, 'base64')) : one,
  );
}

/** A value out of its tagged form. */
export function untag(json: unknown): Value {
  if (Array.isArray(json)) return json.map(untag);
  if (json === null || typeof json !== 'object') return json as Value;
  const entries = Object.entries(json);
  const [tag, inner] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (tag === '$int') return BigInt(inner as string);
  if (tag === '$float') return floats[inner as string] ?? Number(inner);
  if (tag === '$bytes') return new Uint8Array(Buffer.from(inner as string, 'base64'));
  if (tag === '$date') return new Date(inner as string);
  if (tag === '$map')
    return new Map((inner as [unknown, unknown][]).map(([k, v]) => [untag(k), untag(v)]));
  const object: Record<string, Value> = {};
  for (const [key, value] of entries) {
    const own = { value: untag(value), enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, key, own);
  }
  return object;
}

const floats: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-0': -0,
};
