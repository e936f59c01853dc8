// Owns the policy as users hold it: always complete and checked. What a document means, and what becomes of a policy
// with other limits or rules, is decided by the native part, the same for every language.
import { inspect } from 'node:util';
import type { Capability } from './capability.js';
import { documentText } from './document.js';
import type { Limits, Policy, PolicyDocument, Preset } from './generated/policy.js';
import { native, type Template } from './native.js';
import { now } from './operation.js';
import { SecurityPolicyBuilder } from './policy-builder.js';

/** A policy as it travels: its effective document as JSON text, and whether someone chose its wall time. */
export interface PolicyParts {
  readonly effective: string;
  /** A CPU timeout leaves such a wall time alone. */
  readonly ownWallTime: boolean;
}

export let policyFrom: (parts: PolicyParts) => SecurityPolicy;
export let partsOf: (policy: SecurityPolicy) => PolicyParts;
/** The native part's template for opening with a policy, a source language (none for a module) and nothing else. */
export let templateOf: (policy: SecurityPolicy, language: string | undefined) => Template;
/** A policy wherever one is asked for: a preset's name, a document, or a checked policy. */
export type PolicyInput = Preset | PolicyDocument | SecurityPolicy;

/** Limits that override others, by their names in the policy document; what is undefined overrides nothing. */
export type LimitOverrides = { readonly [K in keyof Limits]?: Limits[K] | undefined };

/** What untrusted code may do and use. Everything not granted is denied; it never changes. */
export class SecurityPolicy {
  readonly #parts: PolicyParts;
  /** Made when first asked for, by language. */
  readonly #templates = new Map<string | undefined, Template>();

  private constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  static {
    policyFrom = (parts) => new SecurityPolicy(parts);
    partsOf = (policy) => policy.#parts;
    templateOf = (policy, language) => {
      const known = policy.#templates.get(language);
      if (known) return known;
      const made = native().template(language, { policy: policy.#parts });
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
   * Reads a policy document, as text or as an object; unknown keys are errors.
   *
   * @throws UsageError `invalid_policy` with `details.path`.
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
    return JSON.parse(this.#parts.effective) as Policy;
  }

  /** The limits in force. */
  get limits(): Limits {
    return this.toJSON().limits;
  }

  /** This policy with other limits. */
  withLimits(limits: LimitOverrides): SecurityPolicy {
    const { effective, ownWallTime } = this.#parts;
    const key = `${effective}\n${ownWallTime}\n${documentText(limits, '$.limits')}`;
    return remembered(key, 'SecurityPolicy.withLimits', { this: this.#parts, limits });
  }

  /** This policy with one more rule. */
  withCapability(capability: Capability): SecurityPolicy {
    const given = { this: this.#parts, capability: JSON.parse(capability.toJson()) };
    return policyFrom(now('SecurityPolicy.withCapability', given));
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

function parse(given: string | PolicyDocument, most: SecurityPolicy | undefined): SecurityPolicy {
  const document = typeof given === 'string' ? given : documentText(given);
  const ceiling = most && partsOf(most);
  const key = `${document}\n${ceiling?.effective}\n${ceiling?.ownWallTime}`;
  return remembered(key, 'parsePolicy', { document, options: { ceiling } });
}

/** Policies made lately, by what they were made of: a run may take less time than reading its policy. */
const recent = new Map<string, SecurityPolicy>();

function remembered(key: string, operation: string, parameters: object): SecurityPolicy {
  const known = recent.get(key);
  if (known) return known;
  const policy = policyFrom(now(operation, parameters));
  if (recent.size >= 64) recent.clear();
  recent.set(key, policy);
  return policy;
}
