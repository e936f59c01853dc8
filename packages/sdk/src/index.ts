// Owns the list of what this package offers; it holds re-exports only.
export type { AuditResult } from './audit.js';
export type { SandboxBuilder } from './builder.js';
export {
  Capability,
  type FilesystemAccessOptions,
  type NetworkAccessOptions,
} from './capability.js';
export { configure, type Settings } from './configure.js';
export { type DoctorReport, doctor, type PackStatus } from './doctor.js';
export type { DownloadOptions } from './download.js';
export {
  type ErrorDetails,
  ExecutionError,
  LifecycleError,
  ResourceLimitError,
  SandboxError,
  SecurityViolation,
  UsageError,
} from './errors.js';
export type { ErrorCode, ErrorFamily } from './generated/errors.js';
export type * from './generated/policy.js';
export type * from './generated/result.js';
export type { Guest, ResourceStats } from './guest.js';
export { KvStore } from './kv.js';
export {
  type ModuleExport,
  type ModuleImport,
  type ModuleReport,
  type VerifyOptions,
  verify,
} from './module.js';
export type { Language } from './open.js';
export type {
  CallOptions,
  OpenOptions,
  RestoreOptions,
  SessionRunOptions,
  SnapshotKey,
} from './options.js';
export type { Package, PackageFiles } from './packages.js';
export {
  type LimitOverrides,
  type ParsePolicyOptions,
  type PolicyInput,
  parsePolicy,
  SecurityPolicy,
} from './policy.js';
export type { SecurityPolicyBuilder } from './policy-builder.js';
export { type Pooled, type PoolOptions, type PoolStats, SandboxPool } from './pool.js';
export type { PreparedFunction } from './prepared.js';
export type { RunResult } from './result.js';
export { type ExecutionRecord, execute, type RunOptions, run, runSync } from './run.js';
export { type FunctionCall, WasmSandbox } from './sandbox.js';
export type { Session } from './session.js';
export type { Source } from './source.js';
export type { Bytes, Milliseconds } from './units.js';
export type {
  FileContents,
  HostFunction,
  HostFunctions,
  OutputCallback,
  OutputFormat,
  Value,
} from './values.js';
