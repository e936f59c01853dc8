// Owns what an audited call gives back.
import type { AuditEvent, Usage } from './generated/result.js';
import type { Value } from './values.js';

/** The outcome of an audited call. */
export interface AuditResult<T = Value> {
  /** What the function returned. */
  output: T;
  /** Events whose outcome was a denial. */
  violations: AuditEvent[];
  /** Every decision, in order. */
  events: AuditEvent[];
  /** What the call used. */
  stats: Usage;
}
