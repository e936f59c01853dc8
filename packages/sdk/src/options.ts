// Owns the options that several entry points share. Every field may be left out; unknown ones are refused.
import type { AuditEvent } from './generated/result.js';
import type { Package } from './packages.js';
import type { LimitOverrides, PolicyInput } from './policy.js';
import type { Milliseconds } from './units.js';
import type { FileContents, HostFunctions, OutputCallback, OutputFormat, Value } from './values.js';

/** What a sandbox or session is opened with. */
export interface OpenOptions {
  /** A preset's name, a policy document or a SecurityPolicy. Default: strict. */
  policy?: PolicyInput | undefined;
  /** Limits that override those of the policy. */
  limits?: LimitOverrides | undefined;
  /** Functions that the guest may call, by name. */
  host?: HostFunctions | undefined;
  /** Environment variables, besides those of the policy. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Arguments, the program's name first where the guest expects one. */
  argv?: readonly string[] | undefined;
  /** Files of the in-memory tree by absolute path. */
  files?: FileContents | undefined;
  /**
   * What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in
   * `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
   */
  packages?: readonly Package[] | undefined;
  /** Configuration of an Extism plug-in. */
  config?: Readonly<Record<string, string>> | undefined;
  /** The name in audit events. */
  instanceId?: string | undefined;
  /** Receive output as it comes. It counts against `outputBytes` and is kept in results all the same. */
  onStdout?: OutputCallback | undefined;
  onStderr?: OutputCallback | undefined;
  /** Receives audit events as they happen. */
  onAudit?: ((event: AuditEvent) => void) | undefined;
  /** Ends the opening; calls take signals of their own. */
  signal?: AbortSignal | undefined;
}

/** What a session is restored with. Its packages are not in a snapshot: give those that it had. */
export interface RestoreOptions extends OpenOptions {
  /** The key that the snapshot was made with; by default the installation's own. */
  snapshotKey?: SnapshotKey | undefined;
}

/** A secret of your own that seals snapshots, to move sessions between machines and languages; text is taken as UTF-8. */
export type SnapshotKey = string | Uint8Array;

/** What one call may have of its own. */
export interface CallOptions {
  /** Cancels the call; it settles when the guest has stopped. */
  signal?: AbortSignal | undefined;
  /** A tighter limit on elapsed time. */
  timeoutMs?: Milliseconds | undefined;
  /** What an Extism plug-in's output is taken for; by default it follows the input. */
  output?: OutputFormat | undefined;
}

/** What one run of a session may have of its own. */
export interface SessionRunOptions extends CallOptions {
  /** Values visible to the code as global variables. */
  inputs?: Readonly<Record<string, Value>> | undefined;
  /** Name of the source in stack traces. */
  file?: string | undefined;
  /** A function to call after the code, with its arguments. */
  call?: string | undefined;
  args?: readonly Value[] | undefined;
  stdin?: string | Uint8Array | undefined;
  argv?: readonly string[] | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  /** Files put into the in-memory tree before the run. */
  files?: FileContents | undefined;
}
