// Owns CommonJS modules: each runs once with `require`, `module` and `exports`, as in Node.
// The outer function keeps what the guest may replace later; the inner one runs at the first such module.
(native) => {
  const own = { Error, TypeError, apply: Reflect.apply, create: Object.create, globalThis };
  return () => {
    // As in Node a module is found here while it runs: those that require each other see what is there so far.
    const cache = own.create(null);
    // What there is of Node's `process`. Libraries ask `browser` before they rely on the rest of it.
    const process = { env: { ...own.globalThis.env }, browser: true };

    const failure = (type, code, message) => {
      const error = new type(message);
      error.code = code;
      return error;
    };
    const enter = (path, code) => {
      if (path in cache || code === undefined) return cache[path];
      const folder = path.slice(0, path.lastIndexOf('/')) || '/';
      const module = { id: path, path: folder, exports: {}, filename: path, loaded: false };
      const { exports } = module;
      module.children = [];
      module.paths = [];
      module.require = requirer(path);
      cache[path] = module;
      try {
        const given = [exports, module.require, module, path, folder, process, own.globalThis];
        own.apply(code, exports, given);
        module.loaded = true;
      } finally {
        if (!module.loaded) delete cache[path];
      }
      return module;
    };
    const load = (path) => {
      if (path[0] !== '/') return native.object(path);
      if (path in cache) return cache[path].exports;
      const opened = native.open(path);
      if (opened === undefined) {
        const why = `require() of the ES module ${path} is not supported; use import()`;
        throw failure(own.Error, 'ERR_REQUIRE_ESM', why);
      }
      if (typeof opened === 'function') return enter(path, opened).exports;
      cache[path] = { id: path, exports: opened, filename: path, loaded: true, children: [] };
      return opened;
    };
    const requirer = (base) => {
      const resolve = (name) => {
        if (typeof name !== 'string') {
          throw failure(
            own.TypeError,
            'ERR_INVALID_ARG_TYPE',
            'The "id" argument must be a string',
          );
        }
        if (name === '') {
          throw failure(
            own.TypeError,
            'ERR_INVALID_ARG_VALUE',
            'The "id" argument must not be empty',
          );
        }
        return native.builtin(name) ?? native.find(base, name);
      };
      const require = (name) => load(resolve(name));
      require.resolve = resolve;
      require.cache = cache;
      require.main = undefined;
      return require;
    };
    return enter;
  };
};
