// Owns the policy as users hold it: always complete and checked. What a document means is decided by
// the native part, the same for every language.
import { inspect } from 'node:util';
import type { Capability } from './capability.js';
import { documentText } from './document.js';
import { guarded } from './errors.js';
import type { Limits, Policy, PolicyDocument, Preset } from './generated/policy.js';
import { native, type Template } from './native.js';
import { SecurityPolicyBuilder } from './policy-builder.js';

let make: (text: string, ownWallTime: boolean) => SecurityPolicy;
/** The effective document as compact JSON, for the native part. */
export let effectiveText: (policy: SecurityPolicy) => string;
/** The native part's template for opening with a policy, a source language (none for a module) and nothing else. */
export let templateOf: (policy: SecurityPolicy, language: string) => Template;
/** Whether someone chose the policy's wall time, rather than its preset. */
export let choseWallTime: (policy: SecurityPolicy) => boolean;

/** A policy wherever one is asked for: a preset's name, a document, or a checked policy. */
export type PolicyInput = Preset | PolicyDocument | SecurityPolicy;

/** Limits that override others, by their names in the policy document; what is undefined overrides nothing. */
export type LimitOverrides = { readonly [K in keyof Limits]?: Limits[K] | undefined };

/** What untrusted code may do and use. Everything not granted is denied; it never changes. */
export class SecurityPolicy {
  readonly #text: string;
  /** Whether someone chose a wall time, so that a CPU timeout leaves it alone. */
  readonly #ownWallTime: boolean;
  /** Made when first asked for, by language. */
  readonly #templates = new Map<string, Template>();

  private constructor(text: string, ownWallTime: boolean) {
    this.#text = text;
    this.#ownWallTime = ownWallTime;
  }

  static {
    make = (text, ownWallTime) => new SecurityPolicy(text, ownWallTime);
    effectiveText = (policy) => policy.#text;
    choseWallTime = (policy) => policy.#ownWallTime;
    templateOf = (policy, language) => {
      const known = policy.#templates.get(language);
      if (known) return known;
      const source = language === '' ? '' : `,"language":"${language}"`;
      const made = native().template(`{"policy":${policy.#text}${source}}`);
      policy.#templates.set(language, made);
      return made;
    };
  }

  /** No network, no files of the host, 64 MiB, 10 s of CPU time. The default everywhere. */
  static strict(): SecurityPolicy {
    return preset('strict');
  }

  /** Twice the memory and three times the CPU time of strict, a real clock, every decision audited. */
  static moderate(): SecurityPolicy {
    return preset('moderate');
  }

  /** Public network, 512 MiB, five minutes. */
  static permissive(): SecurityPolicy {
    return preset('permissive');
  }

  /** Begins a policy of your own on a preset; strict by default. */
  static builder(preset: Preset = 'strict'): SecurityPolicyBuilder {
    return new SecurityPolicyBuilder(preset);
  }

  /**
   * Reads a policy document, as text or as an object.
   *
   * @throws UsageError `invalid_policy` with `details.path`; unknown keys are errors.
   */
  static fromJson(document: string | PolicyDocument): SecurityPolicy {
    return parse(document, undefined);
  }

  /** The effective document with all defaults filled in, as JSON text. */
  toJson(): string {
    return JSON.stringify(this.toJSON(), null, 2);
  }

  /** The effective document as an object; `JSON.stringify` calls it. */
  toJSON(): Policy {
    return JSON.parse(this.#text) as Policy;
  }

  /** The limits in force. */
  get limits(): Limits {
    return this.toJSON().limits;
  }

  /** This policy with other limits. */
  withLimits(limits: LimitOverrides): SecurityPolicy {
    const own = this.#ownWallTime || limits.wallTimeMs !== undefined;
    return remembered(`${this.#text}\n${own}\n${documentText(defined(limits))}`, () => {
      const document = this.toJSON();
      const next = { ...document, limits: { ...document.limits, ...defined(limits) } };
      const effective = guarded(() => native().parsePolicy(documentText(next)));
      return new SecurityPolicy(effective, own);
    });
  }

  /** This policy with one more rule. */
  withCapability(capability: Capability): SecurityPolicy {
    const effective = guarded(() => native().withCapability(this.#text, capability.toJson()));
    return new SecurityPolicy(effective, this.#ownWallTime);
  }

  [inspect.custom](): string {
    return `SecurityPolicy ${inspect(this.toJSON(), { depth: 6 })}`;
  }
}

/** What `parsePolicy` takes besides the document. */
export interface ParsePolicyOptions {
  /** What the host allows at most; the result is what both grant. */
  ceiling?: PolicyInput | undefined;
}

/**
 * Checks a policy document that someone else wrote, such as a tenant, and cuts it down to a ceiling.
 *
 * @throws UsageError `invalid_policy` with `details.path`.
 */
export function parsePolicy(
  document: string | PolicyDocument,
  options: ParsePolicyOptions = {},
): SecurityPolicy {
  return parse(document, options.ceiling === undefined ? undefined : toPolicy(options.ceiling));
}

/** A policy out of whatever stands for one; strict when nothing is given. */
export function toPolicy(input: PolicyInput | null | undefined): SecurityPolicy {
  if (input === null || input === undefined) return SecurityPolicy.strict();
  if (input instanceof SecurityPolicy) return input;
  if (typeof input === 'string') return preset(input);
  return SecurityPolicy.fromJson(input);
}

/** Presets never change, so each is checked once. */
const presets = new Map<string, SecurityPolicy>();

function preset(name: Preset): SecurityPolicy {
  const known = presets.get(name) ?? parse({ version: 1, preset: name }, undefined);
  presets.set(name, known);
  return known;
}

function parse(document: string | PolicyDocument, ceiling: SecurityPolicy | undefined) {
  const text = typeof document === 'string' ? document : documentText(document);
  const most = ceiling && effectiveText(ceiling);
  return remembered(`${text}\n${most}\n${ceiling && choseWallTime(ceiling)}`, () => {
    const effective = guarded(() => native().parsePolicy(text, most));
    return make(effective, hasWallTime(text) || (ceiling !== undefined && choseWallTime(ceiling)));
  });
}

/** Policies made lately, by what they were made of: a run may take less time than reading its policy. */
const recent = new Map<string, SecurityPolicy>();
const most = 64;

function remembered(key: string, work: () => SecurityPolicy): SecurityPolicy {
  const known = recent.get(key);
  if (known) return known;
  const policy = work();
  if (recent.size >= most) recent.clear();
  recent.set(key, policy);
  return policy;
}

function hasWallTime(text: string): boolean {
  return (JSON.parse(text) as PolicyDocument).limits?.wallTimeMs !== undefined;
}

function defined(limits: LimitOverrides): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
