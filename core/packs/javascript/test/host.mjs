// Owns how the tests start the JavaScript pack: Node's WASI with one real folder, modules from a table.
// What it shares with the Python pack's is in ../../shared/test.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WASI } from 'node:wasi';
import { capped } from '../../shared/test/cap.mjs';
import { encode } from '../../shared/test/codec.mjs';
import { built, Host } from '../../shared/test/host.mjs';

export { HostError, Later } from '../../shared/test/host.mjs';

const here = dirname(fileURLToPath(import.meta.url));

export const bytes = built(resolve(here, '..', 'build.mjs'));
const module = new WebAssembly.Module(bytes);
/** Node gives WebAssembly less than a megabyte of stack, and its frames are larger than wasmtime's. */
const stack = 256 << 10;
const formats = { mjs: 'module', cjs: 'commonjs', json: 'json' };

export class Sandbox extends Host {
  /**
   * `pages`: the most memory it may have; `host`: functions, `kv`: a store, `modules`: sources by path, `folder`: a real one as
   * the root, `wasiInstead`: functions of WASI in place of Node's; `warm`: run both stages of init.
   */
  constructor({ pages, host = {}, kv, modules = {}, folder, wasiInstead = {}, warm = true } = {}) {
    super({ host, kv, stack, file: 'main.js' });
    this.modules = modules;
    const wasi = new WASI({ version: 'preview1', preopens: folder ? { '/': folder } : {} });
    const ofNode = wasi.getImportObject().wasi_snapshot_preview1;
    const imports = {
      sbx: { ...this.imports(), ...this.finding() },
      wasi_snapshot_preview1: { ...ofNode, ...this.wasi(), ...wasiInstead },
    };
    const instance = new WebAssembly.Instance(pages ? capped(bytes, pages) : module, imports);
    this.exports = instance.exports;
    wasi.initialize({ exports: { memory: this.exports.memory } });
    this.exports._initialize();
    for (const stage of warm ? [0, 1] : [0]) this.stage(stage);
  }

  finding() {
    return {
      module_find: (base, baseLen, name, nameLen, how) => {
        const [from, what] = [
          this.memory(base, baseLen).toString(),
          this.memory(name, nameLen).toString(),
        ];
        const folder = `file:///${from.replace(/^\//, '')}`;
        const path = /^[./]/.test(what) ? new URL(what, folder).pathname : `/${what}`;
        return this.module(path, how === 1, () => [path]);
      },
      module_read: (path, len) => {
        const name = this.memory(path, len).toString();
        const format = formats[name.split('.').at(-1)] ?? 'either';
        return this.module(name, false, (text) => [text, format]);
      },
    };
  }

  module(path, required, answer) {
    const text = this.modules[path];
    const names = Object.keys(this.modules).join(', ');
    const found = text !== undefined;
    const code = required ? 'MODULE_NOT_FOUND' : 'ERR_MODULE_NOT_FOUND';
    this.reply = encode(
      found ? [true, ...answer(text)] : [false, 'Error', `no ${path} among ${names}`, code],
    );
    return this.reply.length;
  }
}
