// Owns a small host for the built module: the imports of the ABI over Node's own WebAssembly, a clock
// that moves when the guest waits, host functions, requests. Knows nothing of the Rust core.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { WASI } from 'node:wasi';
import { capped } from './cap.mjs';
import { decode, encode } from './codec.mjs';

const here = dirname(fileURLToPath(import.meta.url));
// The short way into Node's WASI reads memory where it was before it grew, and crashes.
v8.setFlagsFromString('--no-turbo-fast-api-calls');

function build() {
  const folder = mkdtempSync(join(tmpdir(), 'javascript-pack-'));
  const out = join(folder, 'javascript.wasm');
  try {
    const script = resolve(here, '..', 'build.mjs');
    execFileSync(process.execPath, [script, '--out', out], { stdio: ['ignore', 'ignore', 'pipe'] });
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const bytes = build();
const module = new WebAssembly.Module(bytes);
const statuses = ['ok', 'threw', 'exit', 'refused', 'memory', 'stalled', 'missing'];
/** Node gives WebAssembly less than a megabyte of stack, and its frames are larger than wasmtime's. */
const stack = 256 << 10;
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

export class Sandbox {
  /**
   * `pages`: the most memory it may have; `host`: functions, `modules`: sources by path, `folder`: a real one as
   * the root, `wasiInstead`: functions of WASI in place of Node's; `warm`: run both stages of init.
   */
  constructor({ pages, host = {}, modules = {}, folder, wasiInstead = {}, warm = true } = {}) {
    this.host = host;
    this.modules = modules;
    this.now = 1_000_000n;
    this.waits = [];
    this.settled = [];
    this.pending = new Map();
    this.out = ['', ''];
    this.seeds = 0;
    const wasi = new WASI({ version: 'preview1', preopens: folder ? { '/': folder } : {} });
    const ofNode = wasi.getImportObject().wasi_snapshot_preview1;
    const imports = {
      sbx: this.imports(),
      wasi_snapshot_preview1: { ...ofNode, ...this.wasi(), ...wasiInstead },
    };
    const instance = new WebAssembly.Instance(pages ? capped(bytes, pages) : module, imports);
    this.exports = instance.exports;
    wasi.initialize({ exports: { memory: this.exports.memory } });
    this.exports._initialize();
    for (const stage of warm ? [0, 1] : [0]) {
      const code = this.exports.sbx_init(stage);
      if (code !== 0) throw new Error(`sbx_init(${stage}) returned ${code}`);
    }
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
        if (timeout > 0n && !this.frozen) this.now += timeout;
        return 0;
      },
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
        const formats = { mjs: 'module', cjs: 'commonjs', json: 'json' };
        return this.module(name, false, (text) => [
          text,
          formats[name.split('.').at(-1)] ?? 'either',
        ]);
      },
      out: (fd, at, len) => {
        this.out[fd - 1] += this.memory(at, len).toString();
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

  wasi() {
    return {
      clock_time_get: (id, _precision, at) => {
        const ns = (id === 0 ? epoch + this.now : this.now) * 1000n;
        this.memory(at, 8).writeBigUInt64LE(ns);
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
    return this.request({ op: 'run', code, file: 'main.js', inputs: {}, ...entries });
  }

  call(name, ...args) {
    return this.request({ op: 'call', function: name, args });
  }

  /** The value of code that must succeed. */
  value(code, entries) {
    const outcome = this.run(code, entries);
    if (outcome.status !== 'ok')
      throw new Error(`${outcome.status}: ${JSON.stringify(outcome.value)}`);
    return outcome.value;
  }
}
