// Owns what can be said about a module without running it. The judgement is the native part's.
import { guarded } from './errors.js';
import { checkKeys } from './keys.js';
import { native } from './native.js';
import { policyOf } from './open.js';
import { effectiveText, type PolicyInput } from './policy.js';
import { readSource, type Source } from './source.js';

/** One export of a module. */
export interface ModuleExport {
  name: string;
  kind: string;
}

/** What a module is and needs, and why the policy would refuse it. */
export interface ModuleReport {
  accepted: boolean;
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
 * @throws UsageError `not_found` when there is no such file or address.
 */
export async function verify(source: Source, options: VerifyOptions = {}): Promise<ModuleReport> {
  checkKeys(options, ['policy', 'signal'], 'verify');
  const policy = policyOf(options);
  const { signal } = options;
  const bytes = await readSource(source, { maxBytes: policy.limits.moduleBytes, signal });
  return guarded(() => JSON.parse(native().verify(bytes, effectiveText(policy))) as ModuleReport);
}
