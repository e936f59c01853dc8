// Owns what an audited call gives back.
import type { AuditEvent, Usage } from './generated/result.js';
import type { RawResult } from './native.js';
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

export function toAuditResult<T>(raw: RawResult, recorded: string): AuditResult<T> {
  const events = JSON.parse(recorded) as AuditEvent[];
  return {
    output: raw.value as T,
    violations: events.filter((event) => event.outcome === 'denied'),
    events,
    stats: JSON.parse(raw.usage) as Usage,
  };
}
