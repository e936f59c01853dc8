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
  readonly #rules: object;

  private constructor(rules: object) {
    this.#rules = rules;
  }

  /** Requests to these domains; `*.example.com` stands for every name below it. */
  static networkAccess(domains: readonly string[], options: NetworkAccessOptions = {}): Capability {
    const rule = given({
      domains,
      ports: options.allowedPorts,
      requireHttps: options.requireHttps,
      methods: options.methods,
      maxRequestSize: options.maxRequestSize,
      maxResponseSize: options.maxResponseSize,
      allowPrivate: options.allowPrivate,
    });
    return new Capability({ network: [rule] });
  }

  /** These folders of the host, under the same paths in the guest. */
  static filesystemAccess(
    paths: readonly string[],
    options: FilesystemAccessOptions = {},
  ): Capability {
    const rules = paths.map((path) =>
      given({
        guest: path,
        host: path,
        mode: (options.readOnly ?? true) ? 'ro' : 'rw',
        maxFileSize: options.maxFileSize,
      }),
    );
    return new Capability({ filesystem: rules });
  }

  /** These variables: names are taken over from the host's environment, a record gives values itself. */
  static environmentAccess(
    variables: readonly string[] | Readonly<Record<string, string>>,
  ): Capability {
    const environment = Array.isArray(variables) ? { inherit: variables } : { variables };
    return new Capability({ environment });
  }

  /** The rules that it adds, as they stand in a policy document. */
  toJson(): string {
    return documentText(this.#rules);
  }
}

/** Without what was not given. */
function given(rule: Record<string, unknown>): object {
  return Object.fromEntries(
    Object.entries(rule).filter(([, value]) => value !== undefined && value !== null),
  );
}
