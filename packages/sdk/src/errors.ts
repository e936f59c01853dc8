// Owns the error classes: one per family, so that `instanceof` tells the family and `code` the rest.
// Turns what the native part throws into them. Message text is for people; programs read code and details.
import { type ErrorCode, type ErrorFamily, errorFamilies } from './generated/errors.js';
import type { RunResult } from './result.js';

/** Facts about an error that programs can read; which ones depends on the code. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What an error carries besides its message. */
export interface ErrorParts {
  details?: ErrorDetails | undefined;
  result?: RunResult | undefined;
  cause?: unknown;
}

/** Every error of this package. The family `internal`, a defect of ours, has no class of its own. */
export class SandboxError extends Error {
  /** What went wrong; stable, the same in every language. */
  readonly code: ErrorCode;
  /** Facts about it: `{field, limit, used}` for limits, `{capability, target, rule}` for denials. */
  readonly details: ErrorDetails;
  /** What a failed run or call had written and used until then. */
  readonly result: RunResult | undefined;

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.details = parts.details ?? {};
    this.result = parts.result;
    // Kept out of the way when an error is printed; both stay readable.
    Object.defineProperty(this, 'result', { enumerable: false });
  }

  /** The family of the code. */
  get family(): ErrorFamily {
    return errorFamilies[this.code];
  }
}

/** The guest asked for something that the policy does not grant: `access_denied`. */
export class SecurityViolation extends SandboxError {}

/** A limit of the policy was reached; `details` has `{field, limit, used}`. */
export class ResourceLimitError extends SandboxError {}

/** The guest itself failed: a trap, an exception, a non-zero exit, a host function that threw. */
export class ExecutionError extends SandboxError {}

/** The caller made a mistake: a wrong argument, policy or module, or something that is not there. */
export class UsageError extends SandboxError {}

/** The call did not take place or was ended: `cancelled`, `closed`, `busy`. */
export class LifecycleError extends SandboxError {}

const classes: Record<ErrorFamily, typeof SandboxError> = {
  security: SecurityViolation,
  resource: ResourceLimitError,
  execution: ExecutionError,
  usage: UsageError,
  lifecycle: LifecycleError,
  internal: SandboxError,
};
for (const [name, type] of Object.entries({
  SandboxError,
  SecurityViolation,
  ResourceLimitError,
  ExecutionError,
  UsageError,
  LifecycleError,
})) {
  Object.defineProperty(type.prototype, 'name', {
    value: name,
    configurable: true,
    writable: true,
  });
}

/** An error of the code's class. */
export function sandboxError(code: ErrorCode, message: string, parts?: ErrorParts): SandboxError {
  return new classes[errorFamilies[code]](code, message, parts);
}

/** What the native part throws: all that is in an error of ours. */
interface NativeError extends Partial<Error> {
  sandboxError?: { code: ErrorCode; message: string; details: ErrorDetails; result?: RunResult };
}

/** What the native part threw, as one of our classes; anything else, such as what a getter of the caller threw, as it is. */
export function fromNative(thrown: unknown, cause?: unknown): unknown {
  const { sandboxError: document } = thrown instanceof Error ? (thrown as NativeError) : {};
  if (!document || !Object.hasOwn(errorFamilies, document.code)) return thrown;
  const { code, message, details, result } = document;
  return sandboxError(code, message, { details, result, cause });
}

/** Runs a synchronous call of the native part with its errors turned into ours, and caused by `cause`. */
export function guarded<T>(work: () => T, cause?: unknown): T {
  try {
    return work();
  } catch (error) {
    throw fromNative(error, cause);
  }
}
