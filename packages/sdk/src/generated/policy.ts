// GENERATED from core/schema by packages/codegen; change core/policy and run `npm run generate`.

/** What untrusted code may do and use. Everything not granted is denied. */
export interface Policy {
  audit: Audit;
  capabilities: Capabilities;
  isolation: Isolation;
  limits: Limits;
  preset: Preset;
  process: ProcessGrade;
  /** Version of the document's format: 1. */
  version: number;
}

/** Which decisions are recorded. */
export interface Audit {
  enabled: boolean;
  level: AuditLevel;
}

/** How much the audit records. */
export type AuditLevel = 'denials' | 'decisions' | 'all';

/** What is granted. */
export interface Capabilities {
  clock: Clock;
  environment: Environment;
  /** Host folders mounted into the guest's file tree. */
  filesystem: FilesystemRule[];
  /** Host functions that the guest may call; null: every one that the host gives. */
  hostFunctions: string[] | null;
  /** Key-value store; null: none. */
  kv: Kv | null;
  /** A request must match one rule wholly; none: no network. */
  network: NetworkRule[];
  random: Random;
  /** Secrets that the host adds to requests; names only. */
  secrets: SecretRule[];
}

/** What the guest's clocks show. */
export type Clock = 'real' | 'coarse' | { frozen: string };

/** Environment variables that the guest sees. */
export interface Environment {
  /** Names taken over from the host's environment. */
  inherit: string[];
  variables: Record<string, string>;
}

/** What a guest may do below a mount. */
export type FilesystemMode = 'ro' | 'rw' | 'overlay';

/** A host folder in the guest's file tree. */
export interface FilesystemRule {
  /** Absolute path that the guest sees. */
  guest: string;
  /** Path on the host. */
  host: string;
  /** Bytes of one file. */
  maxFileSize: number | null;
  mode: FilesystemMode;
}

/** How runs are kept apart. */
export type Isolation = 'fresh' | 'rewind';

/** A key-value store for the guest. */
export interface Kv {
  maxBytes: number;
  maxKeys: number;
  namespace: string;
}

/** What one sandbox may use. Memory, files and instances are counted per sandbox, the rest per run or call. */
export interface Limits {
  /** Elapsed time of compiling a module. */
  compileTimeMs: number;
  /** Time the guest itself computes; null: only elapsed time counts. */
  cpuTimeMs: number | null;
  /** Bytes of all in-memory files. */
  fileBytes: number;
  /** Files, directories and links in the in-memory tree. */
  files: number;
  /** Wasm instructions, roughly; null: not metered (metering costs time). */
  fuel: number | null;
  /** Elapsed time of one host function call. */
  hostCallTimeMs: number | null;
  /** Calls of host functions. */
  hostCalls: number;
  httpConcurrency: number;
  httpRequestBytes: number;
  httpRequests: number;
  httpResponseBytes: number;
  instances: number;
  memories: number;
  /** Linear memories, tables, GC heap and the bytes that the host holds for the guest, together. */
  memoryBytes: number;
  /** Size of a module that is loaded. */
  moduleBytes: number;
  onOutputLimit: OutputLimitAction;
  openFiles: number;
  /** Bytes of stdout and stderr together that are kept and passed on. */
  outputBytes: number;
  /** Random bytes that the guest may draw. */
  randomBytes: number;
  /** Native stack class; null: chosen by the kind of source. */
  stack: StackClass | null;
  /** Elements of all tables together. */
  tableElements: number;
  tables: number;
  /** Encoded size of one value that crosses the boundary, in either direction. */
  valueBytes: number;
  /** Nesting of one value that crosses the boundary. */
  valueDepth: number;
  /** Elapsed time of a run or call, host calls and sleeping included; null: only CPU time counts. */
  wallTimeMs: number | null;
}

/** Which requests may go out. */
export interface NetworkRule {
  /** Whether loopback, private and link-local addresses may be dialled. */
  allowPrivate: boolean;
  /** Host names; `*.example.com` stands for every name below it, `*` for every public one. */
  domains: string[];
  /** Bytes; the smaller of this and the limit holds. */
  maxRequestSize: number | null;
  maxResponseSize: number | null;
  /** Methods; null: all. */
  methods: string[] | null;
  /** Ports; null: those of the allowed schemes. */
  ports: number[] | null;
  requireHttps: boolean;
}

/** What happens to output beyond `outputBytes`. */
export type OutputLimitAction = 'truncate' | 'fail';

/** The base that a document's other keys override. */
export type Preset = 'strict' | 'moderate' | 'permissive';

/** Which operating system process runs the guest. */
export type ProcessGrade = 'shared' | 'worker';

/** Where the guest's randomness comes from. */
export type Random = 'secure' | { seed: number };

/** A secret that the host adds to matching requests after the decision. */
export interface SecretRule {
  domains: string[];
  /** `{}` stands for the value. */
  format: string;
  header: string;
  name: string;
}

/** Native stack for wasm frames: a class, because the engine fixes it. */
export type StackClass = '256k' | '1m' | '4m';

/** What untrusted code may do and use. Everything not granted is denied. */
export interface PolicyDocument {
  audit?: AuditDocument;
  capabilities?: CapabilitiesDocument;
  isolation?: Isolation;
  limits?: LimitsDocument;
  preset?: Preset;
  process?: ProcessGrade;
  /** Version of the document's format: 1. */
  version?: number;
}

/** Which decisions are recorded. */
export interface AuditDocument {
  enabled?: boolean;
  level?: AuditLevel;
}

/** What is granted. */
export interface CapabilitiesDocument {
  clock?: Clock;
  environment?: EnvironmentDocument;
  /** Host folders mounted into the guest's file tree. */
  filesystem?: FilesystemRuleDocument[];
  /** Host functions that the guest may call; null: every one that the host gives. */
  hostFunctions?: string[] | null;
  /** Key-value store; null: none. */
  kv?: KvDocument | null;
  /** A request must match one rule wholly; none: no network. */
  network?: NetworkRuleDocument[];
  random?: Random;
  /** Secrets that the host adds to requests; names only. */
  secrets?: SecretRuleDocument[];
}

/** Environment variables that the guest sees. */
export interface EnvironmentDocument {
  /** Names taken over from the host's environment. */
  inherit?: string[];
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
  mode?: FilesystemMode;
}

/** A key-value store for the guest. */
export interface KvDocument {
  maxBytes?: number;
  maxKeys?: number;
  namespace: string;
}

/** What one sandbox may use. Memory, files and instances are counted per sandbox, the rest per run or call. */
export interface LimitsDocument {
  /** Elapsed time of compiling a module. */
  compileTimeMs?: number;
  /** Time the guest itself computes; null: only elapsed time counts. */
  cpuTimeMs?: number | null;
  /** Bytes of all in-memory files. */
  fileBytes?: number;
  /** Files, directories and links in the in-memory tree. */
  files?: number;
  /** Wasm instructions, roughly; null: not metered (metering costs time). */
  fuel?: number | null;
  /** Elapsed time of one host function call. */
  hostCallTimeMs?: number | null;
  /** Calls of host functions. */
  hostCalls?: number;
  httpConcurrency?: number;
  httpRequestBytes?: number;
  httpRequests?: number;
  httpResponseBytes?: number;
  instances?: number;
  memories?: number;
  /** Linear memories, tables, GC heap and the bytes that the host holds for the guest, together. */
  memoryBytes?: number;
  /** Size of a module that is loaded. */
  moduleBytes?: number;
  onOutputLimit?: OutputLimitAction;
  openFiles?: number;
  /** Bytes of stdout and stderr together that are kept and passed on. */
  outputBytes?: number;
  /** Random bytes that the guest may draw. */
  randomBytes?: number;
  /** Native stack class; null: chosen by the kind of source. */
  stack?: StackClass | null;
  /** Elements of all tables together. */
  tableElements?: number;
  tables?: number;
  /** Encoded size of one value that crosses the boundary, in either direction. */
  valueBytes?: number;
  /** Nesting of one value that crosses the boundary. */
  valueDepth?: number;
  /** Elapsed time of a run or call, host calls and sleeping included; null: only CPU time counts. */
  wallTimeMs?: number | null;
}

/** Which requests may go out. */
export interface NetworkRuleDocument {
  /** Whether loopback, private and link-local addresses may be dialled. */
  allowPrivate?: boolean;
  /** Host names; `*.example.com` stands for every name below it, `*` for every public one. */
  domains: string[];
  /** Bytes; the smaller of this and the limit holds. */
  maxRequestSize?: number | null;
  maxResponseSize?: number | null;
  /** Methods; null: all. */
  methods?: string[] | null;
  /** Ports; null: those of the allowed schemes. */
  ports?: number[] | null;
  requireHttps?: boolean;
}

/** A secret that the host adds to matching requests after the decision. */
export interface SecretRuleDocument {
  domains: string[];
  /** `{}` stands for the value. */
  format?: string;
  header: string;
  name: string;
}
