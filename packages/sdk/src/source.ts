// Owns where a module comes from: what lies at an address is fetched. What is an address, reading files, and what is in a
// module is the native part's business.
import { throwIfAborted } from './abort.js';
import { type Download, type DownloadOptions, download, downloadOf } from './download.js';
import type { SecurityPolicy } from './policy.js';

/** A module: the path of a file, an https or file URL, or its bytes. */
export type Source = string | URL | Uint8Array | ArrayBuffer;

/** A module as the native part takes it: its bytes, or a path. */
export type Module = Uint8Array | ArrayBuffer | string;

/** What has to be a web address. */
export class Address {
  constructor(readonly url: string) {}
}

/** The source as such a module. The policy, and the options, are of what is fetched. */
export async function moduleOf(
  source: Source | Address,
  policy: SecurityPolicy,
  options: DownloadOptions,
): Promise<Module> {
  throwIfAborted(options.signal);
  const [module, fetching] = asked(source, policy, options);
  return fetching ? download(fetching, options) : module;
}

/** A source in the native part's form, and its download where it is a web address. */
export function asked(
  source: Source | Address,
  policy: SecurityPolicy,
  options: DownloadOptions,
): [Module, Download | null] {
  if (source instanceof Address) {
    return [source.url, downloadOf({ url: source.url }, policy, options)];
  }
  const module = source instanceof URL ? source.href : source;
  if (typeof module !== 'string') return [module, null];
  return [module, downloadOf({ source: module }, policy, options)];
}
