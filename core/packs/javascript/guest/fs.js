// Owns the modules `fs` and `fs/promises`: Node's names, options and errors over the primitives of files.c.
// The outer function keeps what the guest may replace later; the inner one runs at the first import.
(native, files) => {
  const own = { ArrayBuffer, Date, Error, Object, TypeError, URL, Uint8Array, decodeURIComponent };

  // By WASI's number: name, Linux's number, words.
  const errors = {
    __proto__: null,
    2: ['EACCES', 13, 'permission denied'],
    6: ['EAGAIN', 11, 'resource temporarily unavailable'],
    8: ['EBADF', 9, 'bad file descriptor'],
    10: ['EBUSY', 16, 'resource busy or locked'],
    20: ['EEXIST', 17, 'file already exists'],
    22: ['EFBIG', 27, 'file too large'],
    25: ['EILSEQ', 84, 'illegal byte sequence'],
    28: ['EINVAL', 22, 'invalid argument'],
    29: ['EIO', 5, 'i/o error'],
    31: ['EISDIR', 21, 'illegal operation on a directory'],
    32: ['ELOOP', 40, 'too many symbolic links encountered'],
    33: ['EMFILE', 24, 'too many open files'],
    37: ['ENAMETOOLONG', 36, 'name too long'],
    44: ['ENOENT', 2, 'no such file or directory'],
    51: ['ENOSPC', 28, 'no space left on device'],
    54: ['ENOTDIR', 20, 'not a directory'],
    55: ['ENOTEMPTY', 39, 'directory not empty'],
    58: ['ENOTSUP', 95, 'operation not supported'],
    63: ['EPERM', 1, 'operation not permitted'],
    69: ['EROFS', 30, 'read-only file system'],
    75: ['EXDEV', 18, 'cross-device link not permitted'],
    76: ['EPERM', 1, 'operation not permitted'],
  };
  const exists = -20;
  const notFound = -44;
  const notFolder = -54;
  // What files.c marks an error with that came after opening.
  const opened = 0x10000;
  const kinds = { __proto__: null, file: 1, folder: 2, link: 3 };
  const hows = { __proto__: null, w: 0, a: 1, wx: 2, xw: 2, ax: 3, xa: 3 };

  const failure = (number, syscall, path, dest) => {
    const [code, errno, words] = errors[number] ?? ['EIO', 5, 'i/o error'];
    const from = path === undefined ? '' : ` '${path}'`;
    const to = dest === undefined ? '' : ` -> '${dest}'`;
    const error = new own.Error(`${code}: ${words}, ${syscall}${from}${to}`);
    error.errno = -errno;
    error.code = code;
    error.syscall = syscall;
    if (path !== undefined) error.path = path;
    if (dest !== undefined) error.dest = dest;
    return error;
  };
  const wrong = (code, message) => {
    const error = new own.TypeError(message);
    error.code = code;
    return error;
  };
  const shown = (value) => {
    if (value === null || value === undefined) return `${value}`;
    if (typeof value === 'object') return `an instance of ${native.className(value) ?? 'Object'}`;
    if (typeof value === 'function') return 'a function';
    return `type ${typeof value} (${String(value)})`;
  };
  const wrongType = (name, wanted, value) =>
    wrong(
      'ERR_INVALID_ARG_TYPE',
      `The "${name}" argument must be ${wanted}. Received ${shown(value)}`,
    );
  const wrongValue = (name, why, value) =>
    wrong('ERR_INVALID_ARG_VALUE', `The argument '${name}' ${why}. Received '${value}'`);

  const pathOfUrl = (url) => {
    if (url.protocol !== 'file:')
      throw wrong('ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
    if (url.hostname !== '')
      throw wrong('ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty');
    if (/%2f/i.test(url.pathname))
      throw wrong(
        'ERR_INVALID_FILE_URL_PATH',
        'File URL path must not include encoded / characters',
      );
    return own.decodeURIComponent(url.pathname);
  };
  // A path as the program named it.
  const pathOf = (given, name = 'path') => {
    const path = given instanceof own.URL ? pathOfUrl(given) : given;
    if (typeof path !== 'string')
      throw wrongType(name, 'of type string or an instance of URL', given);
    if (path.includes('\0'))
      throw wrongValue(name, 'must be a string or URL without null bytes', path);
    return path.toWellFormed();
  };
  // The same below the root, without the `..` that would lead out of it.
  const inside = (path) => {
    const names = [];
    let depth = 0;
    for (const name of path.split('/')) {
      if (name === '..' && depth === 0) continue;
      if (name === '..') depth--;
      else if (name !== '' && name !== '.') depth++;
      names.push(name);
    }
    return names.join('/').replace(/^\/+/, '') || '.';
  };
  const join = (folder, name) => (folder.endsWith('/') ? folder + name : `${folder}/${name}`);

  const failed = (result) => typeof result === 'number' && result < 0;
  // The empty path names nothing, not the root.
  const ask = (work, path, ...rest) => (path === '' ? notFound : work(inside(path), ...rest));
  const check = (result, syscall, path, dest) => {
    if (failed(result)) throw failure(-result, syscall, path, dest);
    return result;
  };
  const optionsOf = (options, named) => {
    if (options === undefined || options === null) return {};
    if (typeof options === named) return named === 'string' ? { encoding: options } : {};
    if (typeof options !== 'object')
      throw wrongType('options', named ? `of type ${named} or object` : 'of type object', options);
    return options;
  };
  const isText = ({ encoding }) => {
    if (encoding === undefined || encoding === null) return false;
    if (/^utf-?8$/i.test(encoding)) return true;
    throw wrongValue('encoding', "is invalid: there is only 'utf8'", encoding);
  };
  const howOf = (flag) => {
    const how = hows[flag];
    if (how === undefined) throw wrongValue('flags', 'is invalid', flag);
    return how;
  };
  const bytesOf = (data) => {
    if (typeof data === 'string') return native.encode(data);
    if (!own.ArrayBuffer.isView(data))
      throw wrongType('data', 'of type string or an instance of TypedArray or DataView', data);
    return new own.Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  };

  return () => {
    class Entry {
      #kind;
      constructor(kind) {
        this.#kind = kind;
      }
      isFile() {
        return this.#kind === kinds.file;
      }
      isDirectory() {
        return this.#kind === kinds.folder;
      }
      isSymbolicLink() {
        return this.#kind === kinds.link;
      }
    }
    class Stats extends Entry {
      constructor([kind, size, mtimeMs]) {
        super(kind);
        this.size = size;
        this.mtimeMs = mtimeMs;
        this.mtime = new own.Date(mtimeMs);
      }
    }
    class Dirent extends Entry {
      constructor(name, parentPath, kind) {
        super(kind);
        this.name = name;
        this.parentPath = parentPath;
      }
    }

    const write = (given, data, options, usual) => {
      const chosen = optionsOf(options, 'string');
      const path = pathOf(given);
      const how = howOf(chosen.flag ?? usual);
      isText(chosen);
      const result = ask(files.write, path, bytesOf(data), how);
      if (failed(result) && -result >= opened) throw failure(-result - opened, 'write');
      check(result, 'open', path);
    };
    const status = (given, options, follow, syscall) => {
      const { throwIfNoEntry = true } = optionsOf(options);
      const path = pathOf(given);
      const result = ask(files.stat, path, follow);
      if (!throwIfNoEntry && (result === notFound || result === notFolder)) return undefined;
      return new Stats(check(result, syscall, path));
    };
    // Names and kinds of a folder, by name.
    const entriesOf = (path) => {
      const list = check(ask(files.list, path), 'scandir', path);
      const entries = [];
      for (let i = 0; i < list.length; i += 2) entries.push([list[i], list[i + 1]]);
      return entries.sort(([a], [b]) => (a < b ? -1 : 1));
    };
    // Makes what is missing of a path; the first folder that it made.
    const makeAll = (path) => {
      let first;
      for (let end = 0; end < path.length; ) {
        const slash = path.indexOf('/', end);
        const part = slash < 0 ? path : path.slice(0, slash);
        end = slash < 0 ? path.length : slash + 1;
        if (part === '') continue;
        const found = ask(files.stat, part, true);
        if (found === notFound) {
          check(ask(files.mkdir, part), 'mkdir', path);
          first ??= part;
        } else if (check(found, 'mkdir', path)[0] !== kinds.folder) {
          const last = inside(part) === inside(path);
          throw failure(last ? -exists : -notFolder, 'mkdir', path);
        }
      }
      return first;
    };
    const remove = (path, kind) => {
      if (kind !== kinds.folder) return check(ask(files.unlink, path), 'unlink', path);
      for (const [name, inner] of entriesOf(path)) remove(join(path, name), inner);
      check(ask(files.rmdir, path), 'rmdir', path);
    };
    const refuseFolder = (path) => {
      const error = new own.Error(
        `Path is a directory: rm returned EISDIR (is a directory) ${path}`,
      );
      return own.Object.assign(error, { code: 'ERR_FS_EISDIR', errno: 21, syscall: 'rm', path });
    };

    // Everything there is in both forms; the name here is that of the promises.
    const sync = {
      readFile(given, options) {
        const chosen = optionsOf(options, 'string');
        const path = pathOf(given);
        const text = isText(chosen);
        if ((chosen.flag ?? 'r') !== 'r') throw wrongValue('flags', 'is invalid', chosen.flag);
        const result = ask(files.read, path);
        if (failed(result) && -result >= opened) throw failure(-result - opened, 'read');
        const bytes = new own.Uint8Array(check(result, 'open', path));
        return text ? native.decode(bytes, false, false)[0] : bytes;
      },
      writeFile(path, data, options) {
        write(path, data, options, 'w');
      },
      appendFile(path, data, options) {
        write(path, data, options, 'a');
      },
      access(given) {
        const path = pathOf(given);
        check(ask(files.stat, path, true), 'access', path);
      },
      readdir(given, options) {
        const { withFileTypes, recursive, ...chosen } = optionsOf(options, 'string');
        const path = pathOf(given);
        isText(chosen);
        const all = [];
        const folders = [''];
        for (const folder of folders) {
          const parent = folder === '' ? path : join(path, folder);
          for (const [name, kind] of entriesOf(parent)) {
            const below = folder === '' ? name : `${folder}/${name}`;
            all.push(withFileTypes ? new Dirent(name, parent, kind) : below);
            if (recursive && kind === kinds.folder) folders.push(below);
          }
        }
        return all;
      },
      mkdir(given, options) {
        const { recursive } = optionsOf(options, 'number');
        const path = pathOf(given);
        if (recursive && path !== '') return makeAll(path);
        check(ask(files.mkdir, path), 'mkdir', path);
      },
      rm(given, options) {
        const { recursive, force } = optionsOf(options);
        const path = pathOf(given);
        const found = ask(files.stat, path, false);
        if (force && found === notFound) return;
        const [kind] = check(found, 'lstat', path);
        if (kind === kinds.folder && !recursive) throw refuseFolder(path);
        remove(path, kind);
      },
      rmdir(given) {
        const path = pathOf(given);
        check(ask(files.rmdir, path), 'rmdir', path);
      },
      unlink(given) {
        const path = pathOf(given);
        check(ask(files.unlink, path), 'unlink', path);
      },
      rename(oldPath, newPath) {
        const from = pathOf(oldPath, 'oldPath');
        const to = pathOf(newPath, 'newPath');
        const result = to === '' ? notFound : ask(files.rename, from, inside(to));
        check(result, 'rename', from, to);
      },
      copyFile(src, dest, mode = 0) {
        const from = pathOf(src, 'src');
        const to = pathOf(dest, 'dest');
        const how = mode & constants.COPYFILE_EXCL ? hows.wx : hows.w;
        const result = to === '' ? notFound : ask(files.copy, from, inside(to), how);
        check(failed(result) ? -(-result & (opened - 1)) : result, 'copyfile', from, to);
      },
      stat(path, options) {
        return status(path, options, true, 'stat');
      },
      lstat(path, options) {
        return status(path, options, false, 'lstat');
      },
    };
    const constants = own.Object.freeze({ F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4, COPYFILE_EXCL: 1 });
    const fs = {
      existsSync(path) {
        try {
          return !failed(ask(files.stat, pathOf(path), true));
        } catch {
          return false;
        }
      },
    };
    const promises = {};
    const named = (name, work) => own.Object.defineProperty(work, 'name', { value: name });
    for (const [name, work] of own.Object.entries(sync)) {
      fs[`${name}Sync`] = named(`${name}Sync`, work);
      promises[name] = named(name, async (...args) => work(...args));
    }
    fs.constants = promises.constants = constants;
    fs.promises = promises;
    return { fs, promises };
  };
};
