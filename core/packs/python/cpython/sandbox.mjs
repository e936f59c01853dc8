// Owns a sandbox fit for CPython's tests: a clock that runs and skips what the guest sleeps through,
// a scratch folder as its root, and CPython's `test` package where an installed Python has it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Sandbox } from '../test/host.mjs';

export const library = '/usr/lib/python3.13';
const begun = process.hrtime.bigint();
const epoch = BigInt(Date.now()) * 1_000_000n;
const isWall = (clock) => clock === 0;

export class TestSandbox extends Sandbox {
  /** `root`: an empty folder; `tests`: the folder of CPython's `test` package. */
  constructor({ root, tests, host }) {
    for (const folder of [join(root, library, 'test'), join(root, 'tmp')])
      mkdirSync(folder, { recursive: true });
    super({ host, folders: { '/': root, [`${library}/test`]: tests } });
  }

  /** Nanoseconds: what really passed, and what was slept through. */
  clock(id) {
    const passed = process.hrtime.bigint() - begun + this.now * 1000n;
    return isWall(id) ? epoch + passed : passed;
  }

  wasi(ofNode) {
    return {
      ...super.wasi(ofNode),
      clock_time_get: (id, _precision, at) => {
        this.memory(at, 8).writeBigUInt64LE(this.clock(id));
        return 0;
      },
      poll_oneoff: (events, out, count, done) => {
        const event = this.memory(events, 48);
        if (count !== 1 || event[8] !== 0) return ofNode.poll_oneoff(events, out, count, done);
        const ns = event.readBigUInt64LE(24);
        const absolute = event.readUInt16LE(40) & 1;
        const left = absolute ? ns - this.clock(event.readUInt32LE(16)) : ns;
        if (left > 0n) this.now += left / 1000n + 1n;
        const told = this.memory(out, 32).fill(0);
        told.writeBigUInt64LE(event.readBigUInt64LE(0), 0);
        this.memory(done, 4).writeUInt32LE(1);
        return 0;
      },
    };
  }
}
