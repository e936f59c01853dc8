// Owns the capabilities that code adds to a policy. Each becomes a rule of its own; none widens another.
import { documentText } from './document.js';
import type { Bytes } from './units.js';

/** What a network capability allows besides its domains. */
export interface NetworkAccessOptions {
  /** Ports; by default those of the allowed schemes. */
  allowedPorts?: readonly number[] | null | undefined;
  /** Default true. */
  requireHttps?: boolean | null | undefined;
  /** Methods; by default all. */
  methods?: readonly string[] | null | undefined;
  maxRequestSize?: Bytes | null | undefined;
  maxResponseSize?: Bytes | null | undefined;
  /** Whether loopback and private addresses may be dialled. Default false. */
  allowPrivate?: boolean | null | undefined;
}

/** How a filesystem capability may be used. */
export interface FilesystemAccessOptions {
  /** Default true. */
  readOnly?: boolean | null | undefined;
  maxFileSize?: Bytes | null | undefined;
}

/** One thing that a guest may do beyond what its policy's preset grants. */
export class Capability {
  readonly #document: object;

  private constructor(document: object) {
    this.#document = document;
  }

  /** Requests to these domains; `*.example.com` stands for every name below it. */
  static networkAccess(domains: readonly string[], options: NetworkAccessOptions = {}): Capability {
    return new Capability({ type: 'network_access', domains, ...options });
  }

  /** These folders of the host, under the same paths in the guest. */
  static filesystemAccess(
    paths: readonly string[],
    options: FilesystemAccessOptions = {},
  ): Capability {
    return new Capability({ type: 'filesystem_access', paths, ...options });
  }

  /** These variables, taken over from the host's environment. */
  static environmentAccess(variables: readonly string[]): Capability {
    return new Capability({ type: 'environment_access', variables });
  }

  /** What it grants, as JSON text. */
  toJson(): string {
    return documentText(this.#document);
  }
}
