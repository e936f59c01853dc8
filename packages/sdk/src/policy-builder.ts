// Owns the building of a policy step by step. Every method accepts undefined and null as "not given"; what the steps
// come to is the native part's business.
import type { Capability, FilesystemAccessOptions, NetworkAccessOptions } from './capability.js';
import type { Preset } from './generated/policy.js';
import { now } from './operation.js';
import { type LimitOverrides, policyFrom, type SecurityPolicy } from './policy.js';
import type { Bytes, Milliseconds } from './units.js';

type Maybe<T> = T | null | undefined;

/** Builds a SecurityPolicy on a preset. */
export class SecurityPolicyBuilder {
  readonly #preset: Preset;
  readonly #steps: [string, object][] = [];

  constructor(preset: Preset = 'strict') {
    this.#preset = preset;
  }

  /** Requests to these domains; by default over https only. */
  allowNetworkAccess(domains: Maybe<readonly string[]>, options?: NetworkAccessOptions): this {
    return this.#step('allowNetworkAccess', { domains, options });
  }

  /** These folders of the host; read-only by default. */
  allowFilesystemAccess(
    paths: Maybe<readonly string[]>,
    options?: Maybe<FilesystemAccessOptions>,
  ): this {
    return this.#step('allowFilesystemAccess', { paths, options });
  }

  /** These variables of the host's environment, or variables with the given values. */
  allowEnvironmentAccess(
    variables: Maybe<readonly string[] | Readonly<Record<string, string>>>,
  ): this {
    return this.#step('allowEnvironmentAccess', { variables });
  }

  /** Adds one more rule. */
  addCapability(capability: Maybe<Capability>): this {
    return this.#step('addCapability', {
      capability: capability && JSON.parse(capability.toJson()),
    });
  }

  /** Only these host functions may be called; without this every one that the host gives. */
  allowHostFunctions(names: Maybe<readonly string[]>): this {
    return this.#step('allowHostFunctions', { names });
  }

  /** Whether decisions are recorded; true records all of them, not denials alone. */
  enableAuditLogging(enabled: Maybe<boolean> = true): this {
    return this.#step('enableAuditLogging', { enabled });
  }

  /** Elapsed time of a run or call (`wallTimeMs`). */
  maxExecutionTime(ms: Maybe<Milliseconds>): this {
    return this.#step('maxExecutionTime', { ms });
  }

  /** Memory of a sandbox, with what the host holds for it (`memoryBytes`). */
  memoryLimit(bytes: Maybe<Bytes>): this {
    return this.#step('memoryLimit', { bytes });
  }

  /** Limits by the names of the policy document; null means "no limit" where that is allowed. */
  limits(limits: Maybe<LimitOverrides>): this {
    return this.#step('limits', { limits: limits && { ...limits } });
  }

  /**
   * The policy.
   *
   * @throws UsageError `invalid_policy` with `details.path`.
   */
  build(): SecurityPolicy {
    const steps = { preset: this.#preset, steps: this.#steps };
    return policyFrom(now('SecurityPolicyBuilder.build', steps));
  }

  #step(name: string, parameters: object): this {
    this.#steps.push([name, parameters]);
    return this;
  }
}
