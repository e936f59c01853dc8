// Owns the options that every command has which opens a sandbox: policy, limits, variables, files.
import type { OpenOptions, SecurityPolicy } from 'wasm-sandbox';
import { readPolicy } from './policy-option.js';
import { readText } from './source.js';

/** As the parser gives them. */
export interface GuestFlags {
  policy: string;
  timeout?: number;
  cpu?: number;
  memory?: number;
  env?: Record<string, string>;
  file?: Record<string, string>;
  package?: string[];
}

/** What a sandbox is opened with. */
export async function guestOptions(
  flags: GuestFlags,
): Promise<OpenOptions & { policy: SecurityPolicy }> {
  const policy = withLimits(await readPolicy(flags.policy), flags);
  return {
    policy,
    ...(flags.env && { env: flags.env }),
    ...(flags.package && { packages: flags.package }),
    ...(flags.file && { files: await readFiles(flags.file) }),
  };
}

function withLimits(policy: SecurityPolicy, flags: GuestFlags): SecurityPolicy {
  const given = { wallTimeMs: flags.timeout, cpuTimeMs: flags.cpu, memoryBytes: flags.memory };
  const limits = Object.entries(given).filter(([, value]) => value !== undefined);
  return limits.length > 0 ? policy.withLimits(Object.fromEntries(limits)) : policy;
}

async function readFiles(named: Record<string, string>): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = Object.create(null);
  for (const [guest, host] of Object.entries(named)) files[guest] = await readText(host);
  return files;
}
