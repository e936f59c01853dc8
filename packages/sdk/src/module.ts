// Owns what can be said about a module without running it. The judgement is the native part's.
import type { ErrorCode } from './generated/errors.js';
import { checkObject } from './keys.js';
import { later } from './operation.js';
import { type PolicyInput, partsOf, toPolicy } from './policy.js';
import { moduleOf, type Source } from './source.js';
import type { Bytes } from './units.js';

/** One export of a loaded module. */
export interface ModuleExport {
  name: string;
  kind: 'function' | 'memory' | 'table' | 'global' | 'tag';
  /** Types of a function's parameters, such as `i32`. */
  params: string[];
  /** Types of a function's results, or of a global. */
  results: string[];
}

/** One import of a module, and what becomes of it. */
export interface ModuleImport {
  module: string;
  name: string;
  kind: ModuleExport['kind'];
  /** Types of a function's parameters and results. */
  params: string[];
  results: string[];
  /** `provided`; `denied` (there, but refused when called); `host` (a function of this name must be given); `unknown`. */
  status: 'provided' | 'denied' | 'host' | 'unknown';
  /** Why it is not simply provided. */
  reason?: string;
  /** The part of the policy that would allow it. */
  rule?: string;
}

/** What a module is and needs, and why a policy would refuse it. */
export interface ModuleReport {
  /** Whether it would load under the policy, given the host functions that it imports. */
  allowed: boolean;
  /** How it is called; null when it is no module. */
  kind: 'numeric' | 'command' | 'reactor' | 'extism' | null;
  imports: ModuleImport[];
  exports: ModuleExport[];
  /** What it begins with, and how far it would grow by its own word (null: without end). */
  needs: {
    moduleBytes: Bytes;
    memories: number;
    memoryBytes: Bytes;
    memoryMaximumBytes: Bytes | null;
    tables: number;
    tableElements: number;
    tableMaximumElements: number | null;
  };
  /** Capabilities that it mentions, granted or not: `network_access`, `host_function`. */
  capabilities: string[];
  /** Capabilities that it mentions and the policy does not grant: it loads, and is refused when it uses them. */
  denied: { capability: string; import: string; rule: string }[];
  /** Why it would not load. */
  refusals: { code: ErrorCode; message: string; details: Record<string, unknown> }[];
}

/** How a module is looked at. */
export interface VerifyOptions {
  /** The policy that it is held against. Default: strict. */
  policy?: PolicyInput | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Looks at a module: imports, exports, limits asked for, capabilities needed, and why the policy would
 * refuse it. Nothing is compiled or run.
 *
 * @throws UsageError `not_found` when there is no such file or address; ResourceLimitError
 * `module_limit` when it is too large to be read.
 */
export async function verify(source: Source, options: VerifyOptions = {}): Promise<ModuleReport> {
  checkObject(options);
  const { signal, ...rest } = options;
  const policy = toPolicy(options.policy);
  const module = await moduleOf(source, policy, { signal });
  const given = { source: module, options: { ...rest, policy: partsOf(policy) } };
  return later('verify', given, { signal });
}
