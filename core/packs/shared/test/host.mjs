// Owns what the tests' hosts of both packs share: the imports of the ABI over Node's own WebAssembly, a clock that moves
// when the guest waits, host functions, requests. Knows nothing of the Rust core, nor how a pack is started.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import v8 from 'node:v8';
import { decode, encode } from './codec.mjs';

// The short way into Node's WASI is not safe where memory grows: it corrupts the heap (nodejs/node#53087).
v8.setFlagsFromString('--no-turbo-fast-api-calls');

const statuses = ['ok', 'threw', 'exit', 'refused', 'memory', 'stalled', 'missing'];
const epoch = 1_700_000_000_000_000n;

/** The bytes of a pack's module, made by its build script. */
export function built(script) {
  const folder = mkdtempSync(join(tmpdir(), 'pack-'));
  const out = join(folder, 'pack.wasm');
  try {
    execFileSync(process.execPath, [script, '--out', out], { stdio: ['ignore', 'ignore', 'pipe'] });
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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

const errorMap = (error) =>
  error.map ?? {
    type: error.name,
    message: error.message,
    code: error.code ?? null,
    details: {},
  };

/** A pack's Sandbox extends it and sets `exports`. */
export class Host {
  /**
   * `host`: functions by name, `kv`: those of the key-value store, `stack`: what requests say of WebAssembly's own,
   * `file`: the code's name.
   */
  constructor({ host, kv, stack, file, codec = {} }) {
    Object.assign(this, { host, kv, stack, file, codec });
    this.now = 1_000_000n;
    this.waits = [];
    this.settled = [];
    this.pending = new Map();
    this.out = ['', ''];
    this.seeds = 0;
  }

  stage(stage) {
    const code = this.exports.sbx_init(stage);
    if (code !== 0) throw new Error(`sbx_init(${stage}) returned ${code}: ${this.out.join('')}`);
  }

  memory(at, len) {
    return Buffer.from(this.exports.memory.buffer, at, len);
  }

  decode(bytes) {
    return decode(bytes, this.codec);
  }

  answered(status, value) {
    this.reply = encode(value);
    return (BigInt(status) << 32n) | BigInt(this.reply.length);
  }

  called(name) {
    const found = name.startsWith('kv.') ? this.kv?.[name.slice(3)] : this.host[name];
    if (!found) throw new Error(`the guest called ${name}, which it was not given`);
    return found;
  }

  hostCall(called, sent) {
    this.lastCall = { name: called, sent };
    try {
      const value = this.called(called)(...sent[0]);
      if (!(value instanceof Later)) return this.answered(0, value);
      const id = this.pending.size + 1;
      this.pending.set(id, value);
      value.work({
        fulfil: (v) => this.settled.push([id, true, v]),
        reject: (error) => this.settled.push([id, false, errorMap(error)]),
      });
      return (2n << 32n) | BigInt(id);
    } catch (error) {
      return this.answered(1, errorMap(error));
    }
  }

  /** The module `sbx`. */
  imports() {
    return {
      host_call: (name, nameLen, args, argsLen) =>
        this.hostCall(
          this.memory(name, nameLen).toString(),
          this.decode(this.memory(args, argsLen)),
        ),
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
      out: (fd, at, len) => {
        this.out[fd - 1] += this.memory(at, len).toString();
      },
    };
  }

  /** Functions of WASI in place of Node's. */
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
      value: this.decode(this.memory(value, len)),
      stdout: printed[0],
      stderr: printed[1],
    };
  }

  request(entries) {
    const usual = {
      seed: this.seed(),
      maxDepth: 128,
      maxBytes: 1 << 26,
      stack: this.stack,
      host: Object.keys(this.host),
    };
    return this.send(encode({ ...usual, env: {}, argv: [], ...entries }));
  }

  run(code, entries = {}) {
    return this.request({ op: 'run', code, file: this.file, inputs: {}, ...entries });
  }

  call(name, ...args) {
    return this.request({ op: 'call', function: name, args });
  }

  /** The value of code that must succeed. */
  value(code, entries) {
    const outcome = this.run(code, entries);
    if (outcome.status === 'ok') return outcome.value;
    throw new Error(`${outcome.status}: ${outcome.value?.stack ?? JSON.stringify(outcome.value)}`);
  }
}
