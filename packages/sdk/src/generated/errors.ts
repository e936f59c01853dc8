// GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`.

import type { Limits } from './policy.js';

/** What went wrong; the same in every language. */
export type ErrorCode =
  | 'access_denied'
  | 'memory_limit'
  | 'cpu_timeout'
  | 'wall_timeout'
  | 'fuel_exhausted'
  | 'stack_overflow'
  | 'output_limit'
  | 'host_call_limit'
  | 'file_limit'
  | 'network_limit'
  | 'value_limit'
  | 'module_limit'
  | 'guest_trap'
  | 'guest_exit'
  | 'guest_exception'
  | 'host_function_failed'
  | 'component_error'
  | 'invalid_argument'
  | 'invalid_policy'
  | 'invalid_module'
  | 'not_found'
  | 'unsupported'
  | 'cancelled'
  | 'closed'
  | 'busy'
  | 'internal';

/** The six families; each but `internal` has a class of its own. */
export type ErrorFamily = 'security' | 'resource' | 'execution' | 'usage' | 'lifecycle' | 'internal';

/** The family of each code. */
export const errorFamilies: Readonly<Record<ErrorCode, ErrorFamily>> = {
  /**
   * The guest asked for something that the policy does not grant.
   * If the guest should have it, add the rule that `details.rule` names.
   */
  access_denied: 'security',
  /**
   * Memories, tables, GC heap and what the host holds for the guest would have come to more than the policy allows.
   * Give the guest less to do, or raise the limit that `details.field` names.
   */
  memory_limit: 'resource',
  /**
   * The guest computed for longer than the policy allows.
   * Give the guest less to do, or raise the limit that `details.field` names.
   */
  cpu_timeout: 'resource',
  /**
   * The run took longer than the policy or the caller allows, waiting included.
   * Give the guest less to do, or raise the limit that `details.field` names.
   */
  wall_timeout: 'resource',
  /**
   * The guest executed more instructions than its fuel.
   * Give the guest less to do, or raise the limit that `details.field` names.
   */
  fuel_exhausted: 'resource',
  /**
   * The guest's call stack was full, or the calling thread had too little stack left to begin.
   * Look for endless recursion; for deep programs raise `limits.stack`.
   */
  stack_overflow: 'resource',
  /**
   * The guest wrote more than outputBytes, and the policy says that such a run fails.
   * Raise the limit that `details.field` names, or have the guest use less.
   */
  output_limit: 'resource',
  /**
   * The guest called host functions too often, drew too many random bytes, or a host function answered too late.
   * Raise the limit that `details.field` names, or have the guest use less.
   */
  host_call_limit: 'resource',
  /**
   * The guest made too many files, too large ones, or had too many open.
   * Raise the limit that `details.field` names, or have the guest use less.
   */
  file_limit: 'resource',
  /**
   * The guest made too many requests, or too large ones.
   * Raise the limit that `details.field` names, or have the guest use less.
   */
  network_limit: 'resource',
  /**
   * A value on its way between host and guest was too large or nested too deeply.
   * Raise the limit that `details.field` names, or have the guest use less.
   */
  value_limit: 'resource',
  /**
   * The module is too large, declares more than is compiled, or took too long to compile.
   * Compile the module smaller, or raise the limit that `details.field` names.
   */
  module_limit: 'resource',
  /**
   * WebAssembly stopped the guest: a bad access, a division by zero, an `unreachable`.
   * It is a fault of the guest; `details.trap` says which and `details.backtrace` where.
   */
  guest_trap: 'execution',
  /**
   * The program ended with a status other than 0.
   * `details.exitCode` is the program's own status; its stderr is in `result`.
   */
  guest_exit: 'execution',
  /**
   * The guest threw an exception that it did not catch.
   * `details` has type, message and stack of the guest's exception.
   */
  guest_exception: 'execution',
  /**
   * A host function failed, and the guest did not handle it.
   * `details.function` names it; the message is the host function's own.
   */
  host_function_failed: 'execution',
  /**
   * An exported function of a component returned its error case.
   * `details.payload` is the error's value.
   */
  component_error: 'execution',
  /**
   * An argument is of the wrong kind, out of range, or cannot cross the boundary.
   * `details.path` names the value.
   */
  invalid_argument: 'usage',
  /**
   * The policy document is not valid.
   * `details.path` names the place in the document.
   */
  invalid_policy: 'usage',
  /**
   * The bytes are no WebAssembly module that can run here.
   * Use `verify` to see what the module asks for.
   */
  invalid_module: 'usage',
  /**
   * There is no function, file or pack of that name.
   * Look at `exports()`.
   */
  not_found: 'usage',
  /**
   * This version cannot do what was asked.
   * The message says what to use instead.
   */
  unsupported: 'usage',
  /**
   * The caller cancelled the run; the guest has stopped.
   * Nothing: it was asked for.
   */
  cancelled: 'lifecycle',
  /**
   * The sandbox was disposed of, or its session ended when a run was stopped.
   * Open another sandbox; for a session, call `reset`.
   */
  closed: 'lifecycle',
  /**
   * The sandbox is running a call, or everything that runs at once is taken.
   * Wait for the running call, use another sandbox, or try again later.
   */
  busy: 'lifecycle',
  /**
   * A fault in this library or in a host function; the sandbox is closed, the process goes on.
   * Please report it, with the message.
   */
  internal: 'internal',
};

/** The name of each family’s class. */
export const errorClassNames = {
  security: 'SecurityViolation',
  resource: 'ResourceLimitError',
  execution: 'ExecutionError',
  usage: 'UsageError',
  lifecycle: 'LifecycleError',
  internal: 'SandboxError',
} as const satisfies Readonly<Record<ErrorFamily, string>>;

/** The code that a breach of each limit ends in. */
export const limitCodes: Readonly<Record<keyof Limits, ErrorCode>> = {
  memoryBytes: 'memory_limit',
  wallTimeMs: 'wall_timeout',
  cpuTimeMs: 'cpu_timeout',
  fuel: 'fuel_exhausted',
  stack: 'stack_overflow',
  tableElements: 'memory_limit',
  instances: 'memory_limit',
  memories: 'memory_limit',
  tables: 'memory_limit',
  outputBytes: 'output_limit',
  onOutputLimit: 'output_limit',
  valueBytes: 'value_limit',
  valueDepth: 'value_limit',
  hostCalls: 'host_call_limit',
  hostCallTimeMs: 'host_call_limit',
  files: 'file_limit',
  fileBytes: 'file_limit',
  openFiles: 'file_limit',
  httpRequests: 'network_limit',
  httpConcurrency: 'network_limit',
  httpRequestBytes: 'network_limit',
  httpResponseBytes: 'network_limit',
  randomBytes: 'host_call_limit',
  moduleBytes: 'module_limit',
  compileTimeMs: 'module_limit',
};
