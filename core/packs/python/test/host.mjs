// Owns how the tests start the Python pack: every sandbox from a copy of one warm instance's memory, the way the core
// starts them. What it shares with the JavaScript pack's is in ../../shared/test.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { WASI } from 'node:wasi';
import { capped } from '../../shared/test/cap.mjs';
import { built, Host } from '../../shared/test/host.mjs';

export { HostError, Later } from '../../shared/test/host.mjs';

const here = dirname(fileURLToPath(import.meta.url));
// Node's frames are several times as large as wasmtime's, and its usual stack is small.
v8.setFlagsFromString('--stack-size=3900');

export const bytes = process.env.PYTHON_WASM
  ? readFileSync(process.env.PYTHON_WASM)
  : built(resolve(here, '..', 'build.mjs'));
const module = new WebAssembly.Module(bytes);
const warmUp = readFileSync(resolve(here, '..', 'warm-up.py'), 'utf8');
const stack = 512 << 10;

let image;

export class Sandbox extends Host {
  /** `pages`: the most memory it may have; `host`: functions by name; `kv`: a store; `folders`: by the guest's path. */
  constructor({ pages, host = {}, kv, folders = {} } = {}) {
    // The warm one has no folders, as in the core: it is made where none are given.
    if (!image && Object.keys(folders).length > 0) new Sandbox();
    super({ host, kv, stack, file: '<main>', codec: { integralFloats: true } });
    const wasi = new WASI({ version: 'preview1', preopens: folders, returnOnExit: true });
    const ofNode = wasi.getImportObject().wasi_snapshot_preview1;
    const given = { ...ofNode, ...this.wasi(), ...this.system(ofNode) };
    const imports = { sbx: this.imports(), wasi_snapshot_preview1: given };
    const instance = new WebAssembly.Instance(pages ? capped(bytes, pages) : module, imports);
    this.exports = instance.exports;
    const ready = { ...instance.exports, _initialize: undefined, memory: instance.exports.memory };
    wasi.initialize({ exports: ready });
    this.start();
  }

  start() {
    const { memory, __stack_pointer: pointer } = this.exports;
    if (image) {
      memory.grow((image.bytes.length - memory.buffer.byteLength) / 65536);
      new Uint8Array(memory.buffer).set(image.bytes);
      pointer.value = image.pointer;
      return;
    }
    this.exports._initialize();
    this.stage(0);
    const warm = this.run(warmUp, { stack: 1 << 20 });
    if (warm.status !== 'ok') throw new Error(`warm-up: ${JSON.stringify(warm)}`);
    this.stage(1);
    image = { bytes: new Uint8Array(memory.buffer.slice(0)), pointer: pointer.value };
  }

  /** Sleeping, and the three streams. */
  system(ofNode) {
    return {
      poll_oneoff: (events, out, _count, done) => {
        // One subscription to the clock: it is time.sleep.
        const ns = this.memory(events + 24, 8).readBigUInt64LE();
        const absolute = this.memory(events + 40, 2).readUInt16LE() & 1;
        const until = absolute ? ns / 1000n : this.now + ns / 1000n;
        if (until > this.now) this.now = until;
        this.memory(out, 32).fill(0);
        this.memory(done, 4).writeUInt32LE(1);
        return 0;
      },
      fd_write: (fd, vectors, count, written) => {
        if (fd > 2) return ofNode.fd_write(fd, vectors, count, written);
        let total = 0;
        for (let i = 0; i < count; i++) {
          const vector = this.memory(vectors + i * 8, 8);
          const text = this.memory(vector.readUInt32LE(0), vector.readUInt32LE(4));
          total += text.length;
          if (fd > 0) this.out[fd - 1] += text.toString();
        }
        this.memory(written, 4).writeUInt32LE(total);
        return 0;
      },
      fd_read: (fd, vectors, count, read) => {
        if (fd > 2) return ofNode.fd_read(fd, vectors, count, read);
        this.memory(read, 4).writeUInt32LE(0);
        return 0;
      },
    };
  }
}
