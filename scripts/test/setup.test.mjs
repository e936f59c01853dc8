// Tests the parts of set-up on real files in a temporary folder: hashes, stamps, the lock between
// processes, the sentences about missing tools, the choice of steps.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FileHashes, listFiles } from '../lib/inputs.mjs';
import { withLock } from '../lib/lock.mjs';
import { cargoArguments, excerpt, run } from '../lib/processes.mjs';
import { Stamps } from '../lib/stamps.mjs';
import { steps } from '../lib/steps.mjs';
import { isAtLeast, missingTools, nodeComplaint, pinnedRust } from '../lib/toolchains.mjs';
import { withNeeds } from '../lib/workflow.mjs';

const folder = mkdtempSync(join(tmpdir(), 'setup-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const write = (name, text) => writeFileSync(join(folder, name), text);

test('a digest follows contents and names, not times', () => {
  write('a.txt', 'one');
  const digest = () =>
    new FileHashes(join(folder, 'hashes.json')).digest(folder, ['a.txt', 'b.txt']);
  const first = digest();
  utimesSync(join(folder, 'a.txt'), 1, 1);
  assert.equal(digest(), first);
  write('a.txt', 'two');
  const second = digest();
  assert.notEqual(second, first);
  write('b.txt', '');
  assert.notEqual(digest(), second);
});

test('a digest that remembers notices a change of the same length', async () => {
  write('c.txt', 'one');
  const hashes = new FileHashes(join(folder, 'remembered.json'));
  const first = hashes.digest(folder, ['c.txt']);
  hashes.save();
  await new Promise((done) => setTimeout(done, 20));
  write('c.txt', 'eno');
  const again = new FileHashes(join(folder, 'remembered.json'));
  assert.notEqual(again.digest(folder, ['c.txt']), first);
});

test('extra text and a filter are part of the digest', () => {
  const hashes = new FileHashes(join(folder, 'extra.json'));
  assert.notEqual(
    hashes.digest(folder, ['a.txt'], { extra: ['x'] }),
    hashes.digest(folder, ['a.txt'], { extra: ['y'] }),
  );
  assert.deepEqual(
    listFiles(folder, ['a.txt', 'missing.txt'], (name) => name !== 'a.txt'),
    [],
  );
});

test('a stamp holds for its key while what was made is there', () => {
  const stamps = new Stamps(join(folder, 'stamps'));
  const made = join(folder, 'made.txt');
  write('made.txt', '');
  stamps.put('step', 'key', { made: [made] });
  assert.equal(stamps.holds('step', 'key', []), true);
  assert.equal(stamps.holds('step', 'other', []), false);
  assert.equal(stamps.holds('step', 'key', [join(folder, 'nothing')]), false);
  rmSync(made);
  assert.equal(stamps.holds('step', 'key', []), false);
  stamps.take('step');
  assert.equal(stamps.read('step'), undefined);
});

test('two holders of the lock never overlap', async () => {
  const lock = join(folder, 'turn.lock');
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((done) => setTimeout(done, 30));
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(lock, work, { retryMs: 5 })));
  assert.equal(most, 1);
  assert.equal(existsSync(lock), false);
});

test('the lock of a dead process is taken over', async () => {
  const lock = join(folder, 'dead.lock');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  write('dead.lock', JSON.stringify({ pid, host: hostname() }));
  let waited = false;
  const onWait = () => {
    waited = true;
  };
  assert.equal(await withLock(lock, async () => 'done', { onWait, retryMs: 5 }), 'done');
  assert.equal(waited, false);
});

test('the lock of a machine that fell silent is taken over, a living one is waited for', async () => {
  const lock = join(folder, 'far.lock');
  write('far.lock', JSON.stringify({ pid: 1, host: 'elsewhere.invalid' }));
  let waited = 0;
  const onWait = () => {
    waited += 1;
    utimesSync(lock, 1, 1);
  };
  assert.equal(await withLock(lock, async () => 'done', { onWait, retryMs: 5 }), 'done');
  assert.equal(waited, 1);
});

test('the lock is given back when the work fails', async () => {
  const lock = join(folder, 'fails.lock');
  await assert.rejects(
    withLock(lock, async () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(existsSync(lock), false);
});

test('versions compare as numbers', () => {
  assert.equal(isAtLeast('1.95.0', '1.95.0'), true);
  assert.equal(isAtLeast('1.100.0', '1.95.0'), true);
  assert.equal(isAtLeast('1.94.9', '1.95.0'), false);
  assert.equal(isAtLeast('2', '1.95.0'), true);
});

test('a missing or old tool is one sentence that says what to install', async () => {
  const table = {
    absent: { ask: ['no-such-program-here', ['--version']], install: () => 'Install absent.' },
    old: {
      ask: [process.execPath, ['--version']],
      least: () => '999',
      install: (v) => `Install ${v}.`,
    },
    fine: { ask: [process.execPath, ['--version']], least: () => '1', install: () => 'never' },
  };
  const sentences = await missingTools(['absent', 'old', 'fine', 'absent'], table);
  assert.equal(sentences.length, 2);
  assert.equal(sentences[0], 'Install absent.');
  assert.match(sentences[1], /^Install 999\. Found: \d+\./);
  assert.match(nodeComplaint('18.2.0'), /Node 20 or newer/);
  assert.equal(nodeComplaint('20.0.0'), undefined);
  assert.match(pinnedRust(), /^\d+\.\d+/);
});

test('a step brings what it needs, in order', () => {
  const names = withNeeds(steps, 'packs').map((step) => step.name);
  assert.deepEqual(names, ['native', 'javascript-pack', 'python-pack', 'packs']);
  assert.throws(() => withNeeds(steps, 'nothing'), /no step "nothing"/);
  for (const step of steps) {
    for (const need of step.needs ?? []) {
      assert.ok(
        steps.findIndex((one) => one.name === need) < steps.indexOf(step),
        `${need} before ${step.name}`,
      );
    }
  }
});

test('cargo gets the one profile where it compiles, and in CI keeps to the lock', () => {
  const args = (list, ci) => cargoArguments(list, { ci });
  assert.deepEqual(args(['test', '-p', 'x'], false), ['test', '--profile', 'ci', '-p', 'x']);
  assert.deepEqual(args(['test', '-p', 'x'], true), [
    'test',
    '--profile',
    'ci',
    '--locked',
    '-p',
    'x',
  ]);
  assert.deepEqual(args(['fmt', '--all'], true), ['fmt', '--all']);
});

test('a program is logged, heard line by line, and its exit code kept', async () => {
  const log = join(folder, 'logs', 'a.log');
  const lines = [];
  const script = `process.stdout.write('one\\ntw'); process.stdout.write('o'); process.exitCode = 7`;
  const code = await run(process.execPath, ['-e', script], {
    log,
    onLine: (line) => lines.push(line),
  });
  assert.equal(code, 7);
  assert.deepEqual(lines, ['one', 'two']);
  assert.equal(readFileSync(log, 'utf8'), 'one\ntwo');
  write('long.log', Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n'));
  const shown = excerpt(join(folder, 'long.log')).split('\n');
  assert.deepEqual([shown[0], shown[12], shown.at(-1)], ['line 0', '[…]', 'line 99']);
});
