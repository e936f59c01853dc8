// Owns a store for the tests of `kv`: what the core answers to the guest's `kv.get` and the others, over a Map.
// Values stay what the codec made of them; the core's quotas are one number of keys here.
import { HostError } from './host.mjs';

const refusal = (type, message, code = null) => new HostError({ type, message, code, details: {} });

/** Functions by the names that guests ask for; with `keys`, one key more is refused. */
export function keyValueStore({ keys = 100 } = {}) {
  const entries = new Map();
  const checked = (key) => {
    if (typeof key !== 'string') throw refusal('TypeError', 'a key has to be a string');
    return key;
  };
  return {
    get: (key) => (entries.has(checked(key)) ? [entries.get(key)] : []),
    set: (key, value) => {
      if (!entries.has(checked(key)) && entries.size >= keys)
        throw refusal('QuotaExceededError', `more than ${keys} keys`, 'file_limit');
      entries.set(key, value);
    },
    has: (key) => entries.has(checked(key)),
    delete: (key) => entries.delete(checked(key)),
    keys: (prefix) => [...entries.keys()].filter((key) => key.startsWith(prefix ?? '')),
    clear: () => entries.clear(),
    length: () => entries.size,
  };
}

/** What a sandbox without a grant answers. */
export const denied = new Proxy(
  {},
  {
    get: () => () => {
      throw refusal('AccessDenied', 'Access denied: no key-value store', 'access_denied');
    },
  },
);
