// Owns the module `path`: POSIX paths as texts, as Node's `path.posix` has them. The current folder is the root.
// The outer function keeps what the guest may replace later; the inner one runs at the first import.
() => {
  const own = { Object, TypeError };

  return () => {
    const check = (path, name = 'path') => {
      if (typeof path === 'string') return path;
      const received = path === null || path === undefined ? `${path}` : `type ${typeof path}`;
      const error = new own.TypeError(
        `The "${name}" argument must be of type string. Received ${received}`,
      );
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    };
    // Names without `.`, doubled slashes, and with each `..` as far as there is something for it to leave.
    const reduce = (path, absolute) => {
      const names = [];
      for (const name of path.split('/')) {
        if (name === '' || name === '.') continue;
        if (name !== '..') names.push(name);
        else if (names.length > 0 && names.at(-1) !== '..') names.pop();
        else if (!absolute) names.push(name);
      }
      return names.join('/');
    };
    // Where the last name begins and ends; slashes behind it are not part of it.
    const lastName = (path) => {
      let end = path.length;
      while (end > 0 && path[end - 1] === '/') end--;
      return [path.lastIndexOf('/', end - 1) + 1, end];
    };
    // Where the extension of a name begins; its end where there is none.
    const dot = (name) => {
      const at = name.lastIndexOf('.');
      return at <= 0 || name === '..' ? name.length : at;
    };

    const path = {
      sep: '/',
      delimiter: ':',
      isAbsolute(path) {
        return check(path).startsWith('/');
      },
      normalize(path) {
        if (check(path) === '') return '.';
        const absolute = path.startsWith('/');
        const reduced = reduce(path, absolute);
        const behind = path.endsWith('/') && reduced !== '' ? '/' : '';
        if (absolute) return `/${reduced}${behind}`;
        return reduced === '' ? (path.endsWith('/') ? './' : '.') : reduced + behind;
      },
      join(...parts) {
        const given = parts.filter((part) => check(part) !== '');
        return given.length === 0 ? '.' : path.normalize(given.join('/'));
      },
      resolve(...parts) {
        let whole = '';
        for (let i = parts.length - 1; i >= 0 && !whole.startsWith('/'); i--) {
          const part = check(parts[i], `paths[${i}]`);
          if (part !== '') whole = whole === '' ? part : `${part}/${whole}`;
        }
        return `/${reduce(whole, true)}`;
      },
      relative(from, to) {
        const [a, b] = [check(from, 'from'), check(to, 'to')].map((one) =>
          path.resolve(one).split('/').filter(Boolean),
        );
        let same = 0;
        while (same < a.length && same < b.length && a[same] === b[same]) same++;
        return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
      },
      dirname(path) {
        if (check(path) === '') return '.';
        let [end] = lastName(path);
        if (end === 0) return path.startsWith('/') ? '/' : '.';
        // One slash belongs to what follows; more of them stay, except at the root.
        end--;
        if (end === 0) return '/';
        return end === 1 && path[0] === '/' ? '//' : path.slice(0, end);
      },
      basename(path, suffix) {
        if (suffix !== undefined) check(suffix, 'suffix');
        if (path === suffix) return '';
        const name = check(path).slice(...lastName(path));
        const cut = suffix !== undefined && name !== suffix && name.endsWith(suffix);
        return cut ? name.slice(0, name.length - suffix.length) : name;
      },
      extname(path) {
        const name = check(path).slice(...lastName(path));
        return name.slice(dot(name));
      },
      parse(path) {
        const [start, end] = lastName(check(path));
        const root = path.startsWith('/') ? '/' : '';
        const base = path.slice(start, end);
        const at = dot(base);
        const dir = start > 1 ? path.slice(0, start - 1) : root;
        return { root, dir, base, ext: base.slice(at), name: base.slice(0, at) };
      },
      format(parts) {
        if (typeof parts !== 'object' || parts === null) {
          const error = new own.TypeError('The "pathObject" argument must be of type object.');
          throw own.Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
        }
        const ext = parts.ext ? `${parts.ext.startsWith('.') ? '' : '.'}${parts.ext}` : '';
        const base = parts.base || `${parts.name || ''}${ext}`;
        const dir = parts.dir || parts.root;
        if (!dir) return base;
        return dir === parts.root ? `${dir}${base}` : `${dir}/${base}`;
      },
    };
    path.posix = path;
    return { path };
  };
};
