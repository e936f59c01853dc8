// Owns `kv`: the store that the policy grants, asked at the host under names of its own.
(native) => {
  const ask = (name) => native.host(`kv.${name}`);
  const [get, set, has, remove, keys, clear] = ['get', 'set', 'has', 'delete', 'keys', 'clear'].map(
    ask,
  );
  return {
    kv: {
      get(key) {
        const found = get(key);
        return found.length === 0 ? undefined : found[0];
      },
      set(key, value) {
        set(key, value);
      },
      has(key) {
        return has(key);
      },
      delete(key) {
        return remove(key);
      },
      keys(prefix = '') {
        return keys(prefix);
      },
      clear() {
        clear();
      },
    },
  };
};
