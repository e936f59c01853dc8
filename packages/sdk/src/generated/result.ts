// GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`.

import type { ErrorCode, ErrorFamily } from './errors.js';

/** One decision. */
export interface AuditEvent {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  time: number;
  /** The sandbox's instance id. */
  sandbox: string;
  /** What kind of decision it was. */
  kind: AuditKind;
  /** Capability that was asked for: `network_access`, `filesystem_access`, `environment_access`, `host_function`; or the limit's field. */
  capability: string;
  /** What it was asked for: a host name, a path, a function's name. */
  target: string;
  /** The rule that decided, as a path into the policy. */
  rule: string;
  /** How it was decided. */
  outcome: AuditOutcome;
}

/**
 * What kind of decision an event tells of.
 * - `access`: A capability was asked for.
 * - `limit`: A limit was reached.
 * - `call`: A run or call began or ended.
 */
export type AuditKind = 'access' | 'limit' | 'call';

/**
 * How it was decided.
 * - `allowed`: It went ahead.
 * - `denied`: It was refused.
 */
export type AuditOutcome = 'allowed' | 'denied';

/** An error as JSON. */
export interface ErrorDocument {
  /** What went wrong. */
  code: ErrorCode;
  /** The code's family, which is the error's class in every language. */
  family: ErrorFamily;
  /** For people. */
  message: string;
  /** For programs. */
  details: Record<string, unknown>;
  /** What a failed run had produced. */
  result?: ResultDocument | null;
}

/** A result as JSON. */
export interface ResultDocument {
  /** The value in tagged form: plain where JSON can say it, `{"$int": …}` and the like where it cannot. */
  value: unknown;
  /** Text; malformed UTF-8 shows as U+FFFD. */
  stdout: string;
  /** Text; malformed UTF-8 shows as U+FFFD. */
  stderr: string;
  /** Whether output was dropped because of `outputBytes`. */
  truncated: boolean;
  /** Exit status of a WASI command; null for anything else. */
  exitCode: number | null;
  /** Files that the guest made or changed: base64 by absolute path. */
  files: Record<string, string>;
  /** What was used. */
  usage: Usage;
  /** The bytes, where they are no UTF-8. */
  stderrBase64?: string | null;
  /** The bytes, where they are no UTF-8. */
  stdoutBase64?: string | null;
}

/** What was used. Whole milliseconds are rounded up, so that any work shows; exact microseconds stand beside them. */
export interface Usage {
  /** Elapsed milliseconds, host calls and sleeping included. */
  wallTimeMs: number;
  /** Elapsed microseconds. */
  wallTimeUs: number;
  /** Milliseconds that the guest itself computed. */
  cpuTimeMs: number;
  /** Microseconds that the guest itself computed. */
  cpuTimeUs: number;
  /** The most that memories, tables and host-held bytes came to together. */
  peakMemoryBytes: number;
  /** Null when fuel is not metered. */
  fuelConsumed: number | null;
  /** Calls of the guest's functions by the host. */
  functionCalls: number;
  /** Calls of host functions by the guest. */
  hostCalls: number;
  /** Requests that the guest made. */
  networkRequests: number;
  /** Operations on files and directories. */
  filesystemOps: number;
  /** Bytes that the guest wrote to stdout and stderr, dropped ones included. */
  outputBytes: number;
  /** Audit events that the bounded buffer had to drop. */
  auditDropped: number;
}
