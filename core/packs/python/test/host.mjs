// Owns a small host for the built module: the imports of the ABI over Node's own WebAssembly, a clock
// that moves when the guest waits, host functions, requests. Knows nothing of the Rust core.
// Every sandbox starts from a copy of one warm instance's memory, the way the core starts them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { WASI } from 'node:wasi';
import { capped } from '../../javascript/test/cap.mjs';
import { decode, encode } from './codec.mjs';

const here = dirname(fileURLToPath(import.meta.url));
// Node's frames are several times as large as wasmtime's, and its usual stack is small.
v8.setFlagsFromString('--stack-size=3900');

function build() {
  const folder = mkdtempSync(join(tmpdir(), 'python-pack-'));
  const out = join(folder, 'python.wasm');
  try {
    const script = resolve(here, '..', 'build.mjs');
    execFileSync(process.execPath, [script, '--out', out], { stdio: ['ignore', 'ignore', 'pipe'] });
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const bytes = process.env.PYTHON_WASM ? readFileSync(process.env.PYTHON_WASM) : build();
const module = new WebAssembly.Module(bytes);
const warmUp = readFileSync(resolve(here, '..', 'warm-up.py'), 'utf8');
const statuses = ['ok', 'threw', 'exit', 'refused', 'memory', 'stalled', 'missing'];
const stack = 512 << 10;
const epoch = 1_700_000_000_000_000n;

/** A host function that answers later: `call(settle)` gets a function to do so. */
export class Later {
  constructor(work) {
    this.work = work;
  }
}

/** What a host function throws to choose the whole error map. */
export class HostError extends Error {
  constructor(map) {
    super(map.message);
    this.map = map;
  }
}

let image;

export class Sandbox {
  /** `pages`: the most memory it may have; `host`: functions by name; `folders`: real ones by the guest's path. */
  constructor({ pages, host = {}, folders = {} } = {}) {
    // The warm one has no folders, as in the core: it is made where none are given.
    if (!image && Object.keys(folders).length > 0) new Sandbox();
    this.host = host;
    this.now = 1_000_000n;
    this.waits = [];
    this.settled = [];
    this.pending = new Map();
    this.out = ['', ''];
    this.seeds = 0;
    const wasi = new WASI({ version: 'preview1', preopens: folders, returnOnExit: true });
    const ofNode = wasi.getImportObject().wasi_snapshot_preview1;
    const given = { ...ofNode, ...this.wasi(ofNode) };
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

  stage(stage) {
    const code = this.exports.sbx_init(stage);
    if (code !== 0) throw new Error(`sbx_init(${stage}) returned ${code}: ${this.out.join('')}`);
  }

  memory(at, len) {
    return Buffer.from(this.exports.memory.buffer, at, len);
  }

  imports() {
    const reply = (status, value) => {
      this.reply = encode(value);
      return (BigInt(status) << 32n) | BigInt(this.reply.length);
    };
    const errorMap = (error) =>
      error.map ?? {
        type: error.name,
        message: error.message,
        code: error.code ?? null,
        details: {},
      };
    return {
      host_call: (name, nameLen, args, argsLen) => {
        const called = this.memory(name, nameLen).toString();
        const sent = decode(this.memory(args, argsLen));
        this.lastCall = { name: called, sent };
        try {
          const value = this.host[called](...sent[0]);
          if (!(value instanceof Later)) return reply(0, value);
          const id = this.pending.size + 1;
          this.pending.set(id, value);
          value.work({
            fulfil: (v) => this.settled.push([id, true, v]),
            reject: (error) => this.settled.push([id, false, errorMap(error)]),
          });
          return (2n << 32n) | BigInt(id);
        } catch (error) {
          return reply(1, errorMap(error));
        }
      },
      host_take: (dst) => {
        this.memory(dst, this.reply.length).set(this.reply);
        this.reply = undefined;
      },
      host_wait: (timeout) => {
        this.waits.push(timeout);
        const next = this.settled.shift();
        if (next) {
          this.reply = this.answer ?? encode(next);
          return this.reply.length;
        }
        if (timeout > 0n) this.now += timeout;
        return 0;
      },
      out: (fd, at, len) => {
        this.out[fd - 1] += this.memory(at, len).toString();
      },
    };
  }

  wasi(ofNode) {
    return {
      clock_time_get: (id, _precision, at) => {
        const ns = (id === 0 ? epoch + this.now : this.now) * 1000n;
        this.memory(at, 8).writeBigUInt64LE(ns);
        return 0;
      },
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

  seed() {
    const seed = new Uint8Array(32);
    new DataView(seed.buffer).setUint32(0, ++this.seeds, true);
    return seed;
  }

  /** Sends bytes as they are. */
  send(request) {
    const at = this.exports.sbx_buf(request.length);
    if (at === 0) return { status: 'memory' };
    this.memory(at, request.length).set(request);
    return this.outcome(this.exports.sbx_run(request.length));
  }

  outcome(at) {
    const head = this.memory(at, 12);
    const [status, value, len] = [0, 4, 8].map((offset) => head.readUInt32LE(offset));
    const printed = this.out;
    this.out = ['', ''];
    return {
      status: statuses[status],
      value: decode(this.memory(value, len)),
      stdout: printed[0],
      stderr: printed[1],
    };
  }

  request(entries) {
    const usual = {
      seed: this.seed(),
      maxDepth: 128,
      maxBytes: 1 << 26,
      stack,
      host: Object.keys(this.host),
    };
    return this.send(encode({ ...usual, env: {}, argv: [], ...entries }));
  }

  run(code, entries = {}) {
    return this.request({ op: 'run', code, file: '<main>', inputs: {}, ...entries });
  }

  call(name, ...args) {
    return this.request({ op: 'call', function: name, args });
  }

  /** The value of code that must succeed. */
  value(code, entries) {
    const outcome = this.run(code, entries);
    if (outcome.status !== 'ok') throw new Error(`${outcome.status}: ${outcome.value?.stack}`);
    return outcome.value;
  }
}
