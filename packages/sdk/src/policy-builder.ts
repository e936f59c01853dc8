// Owns the building of a policy step by step. Every method accepts undefined and null as "not given".
import {
  Capability,
  type FilesystemAccessOptions,
  type NetworkAccessOptions,
} from './capability.js';
import type { Limits, PolicyDocument, Preset } from './generated/policy.js';
import { type LimitOverrides, SecurityPolicy } from './policy.js';
import { type Bytes, type Milliseconds, orNothing } from './units.js';

type Maybe<T> = T | null | undefined;

/** Builds a SecurityPolicy on a preset. */
export class SecurityPolicyBuilder {
  readonly #document: PolicyDocument;
  readonly #capabilities: Capability[] = [];
  readonly #limits: Partial<Limits> = {};
  readonly #variables: Record<string, string> = Object.create(null);

  constructor(preset: Preset = 'strict') {
    this.#document = { version: 1, preset };
  }

  /** Requests to these domains; by default over https only. */
  allowNetworkAccess(domains: Maybe<readonly string[]>, options?: NetworkAccessOptions): this {
    return this.addCapability(domains && Capability.networkAccess(domains, options));
  }

  /** These folders of the host; read-only by default. */
  allowFilesystemAccess(
    paths: Maybe<readonly string[]>,
    options?: Maybe<FilesystemAccessOptions>,
  ): this {
    return this.addCapability(paths && Capability.filesystemAccess(paths, options ?? {}));
  }

  /** These variables of the host's environment, or variables with the given values. */
  allowEnvironmentAccess(
    variables: Maybe<readonly string[] | Readonly<Record<string, string>>>,
  ): this {
    if (!variables) return this;
    if (isList(variables)) return this.addCapability(Capability.environmentAccess(variables));
    Object.assign(this.#variables, variables);
    return this;
  }

  /** Adds one more rule. */
  addCapability(capability: Maybe<Capability>): this {
    if (capability) this.#capabilities.push(capability);
    return this;
  }

  /** Only these host functions may be called; without this every one that the host gives. */
  allowHostFunctions(names: Maybe<readonly string[]>): this {
    if (names) {
      this.#document.capabilities = { ...this.#document.capabilities, hostFunctions: [...names] };
    }
    return this;
  }

  /** Whether decisions are recorded; true records all of them, not denials alone. */
  enableAuditLogging(enabled: Maybe<boolean> = true): this {
    if (enabled === true) this.#document.audit = { enabled, level: 'decisions' };
    if (enabled === false) this.#document.audit = { enabled };
    return this;
  }

  /** Elapsed time of a run or call (`wallTimeMs`). */
  maxExecutionTime(ms: Maybe<Milliseconds>): this {
    return this.limits({ wallTimeMs: orNothing(ms) });
  }

  /** Memory of a sandbox, with what the host holds for it (`memoryBytes`). */
  memoryLimit(bytes: Maybe<Bytes>): this {
    return this.limits({ memoryBytes: orNothing(bytes) });
  }

  /** Limits by the names of the policy document; null means "no limit" where that is allowed. */
  limits(limits: Maybe<LimitOverrides>): this {
    for (const [name, value] of Object.entries(limits ?? {})) {
      if (value !== undefined) Object.assign(this.#limits, { [name]: value });
    }
    return this;
  }

  /**
   * The policy.
   *
   * @throws UsageError `invalid_policy` with `details.path`.
   */
  build(): SecurityPolicy {
    const environment = { variables: this.#variables };
    const capabilities = { ...this.#document.capabilities, environment };
    const document = { ...this.#document, limits: this.#limits, capabilities };
    const base = SecurityPolicy.fromJson(document);
    return this.#capabilities.reduce((policy, one) => policy.withCapability(one), base);
  }
}

/** Array.isArray does not tell a readonly array from an object. */
function isList(given: readonly string[] | object): given is readonly string[] {
  return Array.isArray(given);
}
