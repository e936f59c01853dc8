// GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`.

/** One decision. */
export interface AuditEvent {
  /** Capability that was asked for: `network_access`, `filesystem_access`, `environment_access`, `host_function`; or the limit's field. */
  capability: string;
  kind: AuditKind;
  outcome: AuditOutcome;
  /** The rule that decided, as a path into the policy. */
  rule: string;
  /** The sandbox's instance id. */
  sandbox: string;
  /** What it was asked for: a host name, a path, a function's name. */
  target: string;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  time: number;
}

/** What kind of decision an event tells of. */
export type AuditKind = 'access' | 'limit' | 'call';

/** How it was decided. */
export type AuditOutcome = 'allowed' | 'denied';

/** What was used. Whole milliseconds are rounded up, so that any work shows; exact microseconds stand beside them. */
export interface Usage {
  /** Audit events that the bounded buffer had to drop. */
  auditDropped: number;
  cpuTimeMs: number;
  cpuTimeUs: number;
  filesystemOps: number;
  /** Null when fuel is not metered. */
  fuelConsumed: number | null;
  functionCalls: number;
  hostCalls: number;
  networkRequests: number;
  /** Bytes that the guest wrote to stdout and stderr, dropped ones included. */
  outputBytes: number;
  /** The most that memories, tables and host-held bytes came to together. */
  peakMemoryBytes: number;
  wallTimeMs: number;
  wallTimeUs: number;
}
