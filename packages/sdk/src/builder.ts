// Owns the building of a sandbox step by step. Every method accepts undefined and null as "not given";
// the order in which they are called means nothing. What the steps make of the policy is the native part's business.
import type { Capability } from './capability.js';
import type { DownloadOptions } from './download.js';
import { UsageError } from './errors.js';
import { now } from './operation.js';
import type { OpenOptions } from './options.js';
import { type LimitOverrides, type PolicyInput, partsOf, policyFrom, toPolicy } from './policy.js';
import type { WasmSandbox } from './sandbox.js';
import type { Source } from './source.js';
import type { Bytes, Milliseconds } from './units.js';

type Maybe<T> = T | null | undefined;
type Open = (
  source: Source,
  options: OpenOptions,
  fetching: DownloadOptions,
) => Promise<WasmSandbox>;

/** Builds a WasmSandbox. */
export class SandboxBuilder {
  readonly #open: Open;
  #source: Source | undefined;
  #sourceOptions: DownloadOptions = {};
  #policy: Maybe<PolicyInput>;
  /** What changes the policy. */
  readonly #steps: [string, object][] = [];
  #options: OpenOptions = {};

  /** @internal */
  constructor(open: Open) {
    this.#open = open;
  }

  /** The module: a path, an https URL (with how to fetch it), or bytes. */
  source(source: Maybe<Source>, options?: Maybe<Omit<DownloadOptions, 'signal'>>): this {
    this.#source = source ?? this.#source;
    this.#sourceOptions = options ?? this.#sourceOptions;
    return this;
  }

  /** A preset's name, a document or a SecurityPolicy. Default: strict. */
  securityPolicy(policy: Maybe<PolicyInput>): this {
    this.#policy = policy ?? this.#policy;
    return this;
  }

  /** Memory of the sandbox, with what the host holds for it (`memoryBytes`). */
  memoryLimit(bytes: Maybe<Bytes>): this {
    return this.#step('memoryLimit', { bytes });
  }

  /** Time the guest itself computes (`cpuTimeMs`). A wall time that nobody chose is raised to twice that. */
  cpuTimeout(ms: Maybe<Milliseconds>): this {
    return this.#step('cpuTimeout', { ms });
  }

  /** Elapsed time of a call (`wallTimeMs`). */
  maxExecutionTime(ms: Maybe<Milliseconds>): this {
    return this.#step('maxExecutionTime', { ms });
  }

  /** Limits by the names of the policy document; null means "no limit" where that is allowed. */
  limits(limits: Maybe<LimitOverrides>): this {
    return this.#step('limits', { limits: limits && { ...limits } });
  }

  /** Adds a rule of its own to the policy. */
  addCapability(capability: Maybe<Capability>): this {
    return this.#step('addCapability', {
      capability: capability && JSON.parse(capability.toJson()),
    });
  }

  /** The name in audit events. */
  instanceId(id: Maybe<string>): this {
    return this.#set('instanceId', id);
  }

  /** Functions that the guest may call, by name. */
  host(functions: Maybe<OpenOptions['host']>): this {
    return this.#set('host', functions);
  }

  /** Environment variables, besides those of the policy. */
  env(variables: Maybe<Readonly<Record<string, string>>>): this {
    return this.#set('env', variables);
  }

  /** Arguments of a WASI module, the program's name first. */
  argv(args: Maybe<readonly string[]>): this {
    return this.#set('argv', args);
  }

  /** Files of the in-memory tree by absolute path. */
  files(files: Maybe<OpenOptions['files']>): this {
    return this.#set('files', files);
  }

  /** Configuration of an Extism plug-in. */
  config(values: Maybe<Readonly<Record<string, string>>>): this {
    return this.#set('config', values);
  }

  /** Receives standard output as it comes. */
  onStdout(callback: Maybe<OpenOptions['onStdout']>): this {
    return this.#set('onStdout', callback);
  }

  /** Receives standard error as it comes. */
  onStderr(callback: Maybe<OpenOptions['onStderr']>): this {
    return this.#set('onStderr', callback);
  }

  /** Receives audit events as they happen. */
  onAudit(callback: Maybe<OpenOptions['onAudit']>): this {
    return this.#set('onAudit', callback);
  }

  /** Ends the building; calls take signals of their own. */
  signal(signal: Maybe<AbortSignal>): this {
    return this.#set('signal', signal);
  }

  /**
   * Reads, checks and instantiates the module.
   *
   * @throws UsageError `not_found`, `invalid_module`, `invalid_policy`, `unsupported`; ResourceLimitError.
   */
  async build(): Promise<WasmSandbox> {
    if (this.#source === undefined) {
      const message =
        'Invalid argument: the builder has no source; call source() with a path, URL or bytes';
      throw new UsageError('invalid_argument', message, { details: { path: '$.source' } });
    }
    const policy = ['securityPolicy', { policy: partsOf(toPolicy(this.#policy)) }];
    const built = policyFrom(now('SandboxBuilder.policy', { steps: [policy, ...this.#steps] }));
    return this.#open(this.#source, { ...this.#options, policy: built }, this.#sourceOptions);
  }

  #step(name: string, parameters: object): this {
    this.#steps.push([name, parameters]);
    return this;
  }

  #set<K extends keyof OpenOptions>(key: K, value: OpenOptions[K] | null): this {
    if (value !== null && value !== undefined) this.#options = { ...this.#options, [key]: value };
    return this;
  }
}
