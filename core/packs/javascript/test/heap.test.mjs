// Owns the tests of the heap: nothing overlaps, new memory is zero, free memory is used again, and
// what was reserved before the snapshot is enough for ordinary runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

const pages = (s) => s.exports.memory.buffer.byteLength / 65536;

test('whatever the order of taking, growing and giving back, contents stay', () => {
  const s = new Sandbox();
  const code = `
    let state = seed;
    const random = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % n;
    const held = [];
    const check = ([bytes, mark]) => { for (let i = 0; i < bytes.length; i += 97) if (bytes[i] !== mark) throw new Error('overwritten') };
    const isZero = (bytes, from) => {
      for (let i = from; i < bytes.length; i += 29) if (bytes[i] !== 0) return false;
      return true;
    };
    const size = () => random(4) ? random(600) : random(8) ? random(20000) : random(200000);
    for (let step = 0; step < 1000; step++) {
      const what = random(5);
      if (what < 3 || held.length === 0) {
        const buffer = new ArrayBuffer(size(), { maxByteLength: 1e6 });
        const bytes = new Uint8Array(buffer);
        if (!isZero(bytes, 0)) throw new Error('not zero');
        held.push([bytes.fill(step % 255 + 1), step % 255 + 1]);
      } else if (what === 3) {
        const [entry] = held.splice(random(held.length), 1);
        check(entry);
      } else {
        const entry = held[random(held.length)];
        const before = entry[0].length;
        entry[0].buffer.resize(size());
        if (!isZero(entry[0], before)) throw new Error('not zero after growing');
        entry[0].fill(entry[1]);
      }
      if (held.length > 150) held.splice(0, 75).forEach(check);
    }
    held.forEach(check);
    held.length`;
  for (let seed = 1; seed <= 3; seed++) {
    const outcome = s.run(`{ ${code} }`, { inputs: { seed } });
    assert.equal(outcome.status, 'ok', JSON.stringify(outcome.value));
  }
});

test('ordinary runs need no more memory than the snapshot has', () => {
  const s = new Sandbox();
  const before = pages(s);
  for (const code of [
    '{ const a = []; for (let i = 0; i < 20000; i++) a.push({ i }) } 0',
    '{ new Uint8Array(2e6) } 0',
    '{ let t = ""; for (let i = 0; i < 1e5; i++) t += i; t.length } 0',
    '{ const m = new Map(); for (let i = 0; i < 20000; i++) m.set(i, i) } 0',
  ]) {
    assert.equal(s.run(code).status, 'ok');
  }
  assert.equal(pages(s), before);
  assert.ok(before < 128, `${before} pages`);
});

test('memory that was given back is enough for the same again', () => {
  const s = new Sandbox();
  const work =
    '{ const a = []; for (let i = 0; i < 300; i++) a.push(new Uint8Array(1000 * (i % 60))) } 0';
  s.run(work);
  const after = pages(s);
  for (let i = 0; i < 20; i++) s.run(work);
  assert.equal(pages(s), after);
});

test('nearly all of a limit can be used by one block', () => {
  const s = new Sandbox({ pages: 1024 });
  assert.equal(s.run('const big = new Uint8Array(50e6); big.length').value, 50e6);
  assert.equal(s.run('big.buffer.transfer(0); 0').status, 'ok');
  assert.equal(s.run('new Uint8Array(55e6).length').value, 55e6);
  const grown = s.run(
    'const g = new ArrayBuffer(1e6, { maxByteLength: 60e6 }); for (let n = 2; n < 50; n++) g.resize(n * 1e6); g.byteLength',
  );
  assert.equal(grown.value, 49e6);
});

test('memory that somebody else grew is no obstacle', () => {
  const s = new Sandbox();
  s.exports.memory.grow(2);
  assert.equal(s.value('new Uint8Array(48e6).fill(1).length'), 48e6);
});
