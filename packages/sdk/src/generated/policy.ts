// GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`.

/** What untrusted code may do and use. Everything not granted is denied. */
export interface Policy {
  /** Which decisions are recorded. */
  audit: Audit;
  /** What is granted. */
  capabilities: Capabilities;
  /** How runs are kept apart. */
  isolation: Isolation;
  /** What may be used. */
  limits: Limits;
  /** The base that all other keys override. */
  preset: Preset;
  /** Which process of the operating system runs the guest. */
  process: ProcessGrade;
  /** Version of the document's format: 1. */
  version: number;
}

/** Which decisions are recorded. */
export interface Audit {
  /** Whether anything is recorded. */
  enabled: boolean;
  /** How much is recorded. */
  level: AuditLevel;
}

/** What is granted. */
export interface Capabilities {
  /** What the guest's clocks show. */
  clock: Clock;
  /** Environment variables that the guest sees. */
  environment: Environment;
  /** Host folders mounted into the guest's file tree. */
  filesystem: FilesystemRule[];
  /** Host functions that the guest may call; null: every one that the host gives. */
  hostFunctions: string[] | null;
  /** Key-value store; null: none. */
  kv: Kv | null;
  /** A request must match one rule wholly; none: no network. */
  network: NetworkRule[];
  /** Where the guest's randomness comes from. */
  random: Random;
  /** Secrets that the host adds to requests; names only. */
  secrets: SecretRule[];
}

/**
 * How runs are kept apart.
 * - `fresh`: A new store and instance per run.
 * - `rewind`: The same instance, put back to its first state.
 */
export type Isolation = 'fresh' | 'rewind';

/** What one sandbox may use. Memory, files and instances are counted per sandbox, the rest per run or call. */
export interface Limits {
  /**
   * Linear memories, tables, GC heap and the bytes that the host holds for the guest, together.
   * From 65536 to 68719476736.
   */
  memoryBytes: number;
  /**
   * Elapsed time of a run or call, host calls and sleeping included; null: only CPU time counts.
   * From 1 to 2592000000.
   */
  wallTimeMs: number | null;
  /**
   * Time the guest itself computes; null: only elapsed time counts.
   * From 1 to 2592000000.
   */
  cpuTimeMs: number | null;
  /**
   * Wasm instructions, roughly; null: not metered (metering costs time).
   * From 1 to 9007199254740991.
   */
  fuel: number | null;
  /** Native stack class; null: chosen by the kind of source. */
  stack: StackClass | null;
  /**
   * Elements of all tables together.
   * From 0 to 10000000.
   */
  tableElements: number;
  /**
   * Instances that one module or component may consist of.
   * From 1 to 10000.
   */
  instances: number;
  /**
   * Linear memories, in all instances together.
   * From 1 to 100.
   */
  memories: number;
  /**
   * Tables, in all instances together.
   * From 0 to 100.
   */
  tables: number;
  /**
   * Bytes of stdout and stderr together that are kept and passed on.
   * From 0 to 68719476736.
   */
  outputBytes: number;
  /** What happens to output beyond `outputBytes`. */
  onOutputLimit: OutputLimitAction;
  /**
   * Encoded size of one value that crosses the boundary, in either direction.
   * From 1 to 1073741824.
   */
  valueBytes: number;
  /**
   * Nesting of one value that crosses the boundary.
   * From 1 to 128.
   */
  valueDepth: number;
  /**
   * Calls of host functions.
   * From 0 to 9007199254740991.
   */
  hostCalls: number;
  /**
   * Elapsed time of one host function call; null: the run's own time is the only limit.
   * From 1 to 2592000000.
   */
  hostCallTimeMs: number | null;
  /**
   * Files, directories and links in the in-memory tree.
   * From 0 to 10000000.
   */
  files: number;
  /**
   * Bytes of all in-memory files.
   * From 0 to 68719476736.
   */
  fileBytes: number;
  /**
   * Files and directories that are open at the same time.
   * From 0 to 1048576.
   */
  openFiles: number;
  /**
   * Requests that the guest makes.
   * From 0 to 9007199254740991.
   */
  httpRequests: number;
  /**
   * Requests that are under way at the same time.
   * From 1 to 1024.
   */
  httpConcurrency: number;
  /**
   * Bytes of one request's body.
   * From 0 to 68719476736.
   */
  httpRequestBytes: number;
  /**
   * Bytes of one response's body.
   * From 0 to 68719476736.
   */
  httpResponseBytes: number;
  /**
   * Random bytes that the guest may draw.
   * From 0 to 9007199254740991.
   */
  randomBytes: number;
  /**
   * Size of a module that is loaded.
   * From 8 to 1073741824.
   */
  moduleBytes: number;
  /**
   * Elapsed time of compiling a module.
   * From 1 to 2592000000.
   */
  compileTimeMs: number;
}

/**
 * The base that a document's other keys override.
 * - `strict`: 64 MiB, 30 s, 10 s of CPU time, a coarse clock, nothing granted.
 * - `moderate`: 128 MiB, 60 s, 30 s of CPU time, a real clock, nothing granted.
 * - `permissive`: 512 MiB, 300 s, 300 s of CPU time, a real clock, public network addresses.
 */
export type Preset = 'strict' | 'moderate' | 'permissive';

/**
 * Which process of the operating system runs the guest.
 * - `shared`: The caller's.
 * - `worker`: A process of its own.
 */
export type ProcessGrade = 'shared' | 'worker';

/**
 * How much the audit records.
 * - `denials`: What was refused.
 * - `decisions`: What was refused and what was allowed.
 * - `all`: Decisions, and the beginning and end of every call.
 */
export type AuditLevel = 'denials' | 'decisions' | 'all';

/**
 * What the guest's clocks show.
 * - `real`: The host's clock.
 * - `coarse`: The host's clock, rounded down to 1 ms.
 * - `frozen`: Stands still at this moment, written as RFC 3339 does, from 1970 to 2500.
 */
export type Clock = 'real' | 'coarse' | { frozen: string };

/** Environment variables that the guest sees. */
export interface Environment {
  /** Names taken over from the host's environment. */
  inherit: string[];
  /** Variables with their values. */
  variables: Record<string, string>;
}

/** A host folder in the guest's file tree. */
export interface FilesystemRule {
  /** Absolute path that the guest sees. */
  guest: string;
  /** Path on the host. */
  host: string;
  /** Bytes of one file. */
  maxFileSize: number | null;
  /** What the guest may do there. */
  mode: FilesystemMode;
}

/** A key-value store for the guest. */
export interface Kv {
  /** Which store: sandboxes with the same namespace share it. */
  namespace: string;
  /** Bytes of all keys and values. */
  maxBytes: number;
  /** Number of keys. */
  maxKeys: number;
}

/** Which requests may go out. */
export interface NetworkRule {
  /** Host names; `*.example.com` stands for every name below it, `*` for every public one. International names in their ASCII form, addresses written out. */
  domains: string[];
  /** Whether loopback, private and link-local addresses may be dialled. */
  allowPrivate: boolean;
  /** Bytes of a request's body; the smaller of this and the limit holds. */
  maxRequestSize: number | null;
  /** Bytes of a response's body; the smaller of this and the limit holds. */
  maxResponseSize: number | null;
  /** Methods, in capitals; null: all. */
  methods: string[] | null;
  /** Ports; null: 443, and 80 too where http is allowed. */
  ports: number[] | null;
  /** Whether http is refused. */
  requireHttps: boolean;
}

/**
 * Where the guest's randomness comes from.
 * - `secure`: The operating system's generator.
 * - `seed`: The same sequence for the same seed.
 */
export type Random = 'secure' | { seed: number };

/** A secret that the host adds to matching requests after the decision. */
export interface SecretRule {
  /** Name of the secret; its value comes from the host. */
  name: string;
  /** Header that carries it. */
  header: string;
  /** Host names that may see it, as in network rules; `*` alone is refused. */
  domains: string[];
  /** The header's value; `{}` stands for the secret. */
  format: string;
}

/**
 * What happens to output beyond `outputBytes`.
 * - `truncate`: Drop it and say so in the result.
 * - `fail`: End the run with `output_limit`.
 */
export type OutputLimitAction = 'truncate' | 'fail';

/**
 * Native stack for wasm frames: a class, because the engine fixes it.
 * - `256k`: 256 KiB.
 * - `1m`: 1 MiB.
 * - `4m`: 4 MiB.
 */
export type StackClass = '256k' | '1m' | '4m';

/**
 * What a guest may do below a mount.
 * - `ro`: Read.
 * - `overlay`: Read, and write in memory; the host's files stay as they are.
 * - `rw`: Read and write.
 */
export type FilesystemMode = 'ro' | 'overlay' | 'rw';

/** What untrusted code may do and use. Everything not granted is denied. */
export interface PolicyDocument {
  /** Which decisions are recorded. */
  audit?: AuditDocument;
  /** What is granted. */
  capabilities?: CapabilitiesDocument;
  /** How runs are kept apart. */
  isolation?: Isolation;
  /** What may be used. */
  limits?: LimitsDocument;
  /** The base that all other keys override. */
  preset?: Preset;
  /** Which process of the operating system runs the guest. */
  process?: ProcessGrade;
  /** Version of the document's format: 1. */
  version?: number;
}

/** Which decisions are recorded. */
export interface AuditDocument {
  /** Whether anything is recorded. */
  enabled?: boolean;
  /** How much is recorded. */
  level?: AuditLevel;
}

/** What is granted. */
export interface CapabilitiesDocument {
  /** What the guest's clocks show. */
  clock?: Clock;
  /** Environment variables that the guest sees. */
  environment?: EnvironmentDocument;
  /** Host folders mounted into the guest's file tree. */
  filesystem?: FilesystemRuleDocument[];
  /** Host functions that the guest may call; null: every one that the host gives. */
  hostFunctions?: string[] | null;
  /** Key-value store; null: none. */
  kv?: KvDocument | null;
  /** A request must match one rule wholly; none: no network. */
  network?: NetworkRuleDocument[];
  /** Where the guest's randomness comes from. */
  random?: Random;
  /** Secrets that the host adds to requests; names only. */
  secrets?: SecretRuleDocument[];
}

/** What one sandbox may use. Memory, files and instances are counted per sandbox, the rest per run or call. */
export interface LimitsDocument {
  /**
   * Linear memories, tables, GC heap and the bytes that the host holds for the guest, together.
   * From 65536 to 68719476736.
   */
  memoryBytes?: number;
  /**
   * Elapsed time of a run or call, host calls and sleeping included; null: only CPU time counts.
   * From 1 to 2592000000.
   */
  wallTimeMs?: number | null;
  /**
   * Time the guest itself computes; null: only elapsed time counts.
   * From 1 to 2592000000.
   */
  cpuTimeMs?: number | null;
  /**
   * Wasm instructions, roughly; null: not metered (metering costs time).
   * From 1 to 9007199254740991.
   */
  fuel?: number | null;
  /** Native stack class; null: chosen by the kind of source. */
  stack?: StackClass | null;
  /**
   * Elements of all tables together.
   * From 0 to 10000000.
   */
  tableElements?: number;
  /**
   * Instances that one module or component may consist of.
   * From 1 to 10000.
   */
  instances?: number;
  /**
   * Linear memories, in all instances together.
   * From 1 to 100.
   */
  memories?: number;
  /**
   * Tables, in all instances together.
   * From 0 to 100.
   */
  tables?: number;
  /**
   * Bytes of stdout and stderr together that are kept and passed on.
   * From 0 to 68719476736.
   */
  outputBytes?: number;
  /** What happens to output beyond `outputBytes`. */
  onOutputLimit?: OutputLimitAction;
  /**
   * Encoded size of one value that crosses the boundary, in either direction.
   * From 1 to 1073741824.
   */
  valueBytes?: number;
  /**
   * Nesting of one value that crosses the boundary.
   * From 1 to 128.
   */
  valueDepth?: number;
  /**
   * Calls of host functions.
   * From 0 to 9007199254740991.
   */
  hostCalls?: number;
  /**
   * Elapsed time of one host function call; null: the run's own time is the only limit.
   * From 1 to 2592000000.
   */
  hostCallTimeMs?: number | null;
  /**
   * Files, directories and links in the in-memory tree.
   * From 0 to 10000000.
   */
  files?: number;
  /**
   * Bytes of all in-memory files.
   * From 0 to 68719476736.
   */
  fileBytes?: number;
  /**
   * Files and directories that are open at the same time.
   * From 0 to 1048576.
   */
  openFiles?: number;
  /**
   * Requests that the guest makes.
   * From 0 to 9007199254740991.
   */
  httpRequests?: number;
  /**
   * Requests that are under way at the same time.
   * From 1 to 1024.
   */
  httpConcurrency?: number;
  /**
   * Bytes of one request's body.
   * From 0 to 68719476736.
   */
  httpRequestBytes?: number;
  /**
   * Bytes of one response's body.
   * From 0 to 68719476736.
   */
  httpResponseBytes?: number;
  /**
   * Random bytes that the guest may draw.
   * From 0 to 9007199254740991.
   */
  randomBytes?: number;
  /**
   * Size of a module that is loaded.
   * From 8 to 1073741824.
   */
  moduleBytes?: number;
  /**
   * Elapsed time of compiling a module.
   * From 1 to 2592000000.
   */
  compileTimeMs?: number;
}

/** Environment variables that the guest sees. */
export interface EnvironmentDocument {
  /** Names taken over from the host's environment. */
  inherit?: string[];
  /** Variables with their values. */
  variables?: Record<string, string>;
}

/** A host folder in the guest's file tree. */
export interface FilesystemRuleDocument {
  /** Absolute path that the guest sees. */
  guest: string;
  /** Path on the host. */
  host: string;
  /** Bytes of one file. */
  maxFileSize?: number | null;
  /** What the guest may do there. */
  mode?: FilesystemMode;
}

/** A key-value store for the guest. */
export interface KvDocument {
  /** Which store: sandboxes with the same namespace share it. */
  namespace: string;
  /** Bytes of all keys and values. */
  maxBytes?: number;
  /** Number of keys. */
  maxKeys?: number;
}

/** Which requests may go out. */
export interface NetworkRuleDocument {
  /** Host names; `*.example.com` stands for every name below it, `*` for every public one. International names in their ASCII form, addresses written out. */
  domains: string[];
  /** Whether loopback, private and link-local addresses may be dialled. */
  allowPrivate?: boolean;
  /** Bytes of a request's body; the smaller of this and the limit holds. */
  maxRequestSize?: number | null;
  /** Bytes of a response's body; the smaller of this and the limit holds. */
  maxResponseSize?: number | null;
  /** Methods, in capitals; null: all. */
  methods?: string[] | null;
  /** Ports; null: 443, and 80 too where http is allowed. */
  ports?: number[] | null;
  /** Whether http is refused. */
  requireHttps?: boolean;
}

/** A secret that the host adds to matching requests after the decision. */
export interface SecretRuleDocument {
  /** Name of the secret; its value comes from the host. */
  name: string;
  /** Header that carries it. */
  header: string;
  /** Host names that may see it, as in network rules; `*` alone is refused. */
  domains: string[];
  /** The header's value; `{}` stands for the secret. */
  format?: string;
}
