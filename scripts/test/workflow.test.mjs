// Tests the order of set-up with small steps in a temporary checkout: what runs, what is left alone,
// what a failure does to the rest, and that two set-ups at once do the work once.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { mustRun } from '../lib/processes.mjs';
import { SetupFailed, setUp } from '../lib/workflow.mjs';

const progress = { start() {}, note() {}, end() {}, say() {} };
let places;
let ran;

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'workflow-'));
  places = { root, stateFolder: join(root, '.setup'), cacheFolder: join(root, 'cache') };
  ran = [];
  for (const name of ['a.txt', 'b.txt']) writeFileSync(join(root, name), 'one');
});
afterEach(() => rmSync(places.root, { recursive: true }));

const step = (name, more = {}) => ({
  name,
  title: name,
  inputs: [`${name}.txt`],
  work: async () => void ran.push(name),
  ...more,
});
const go = (steps, more) => setUp(steps, { progress, places, ...more });
const change = (name) => writeFileSync(join(places.root, name), 'another');

test('nothing runs twice without a reason', async () => {
  const steps = [step('a'), step('b', { needs: ['a'] })];
  assert.deepEqual(await go(steps), ['a', 'b']);
  assert.deepEqual(await go(steps), []);
  change('b.txt');
  assert.deepEqual(await go(steps), ['b']);
  change('a.txt');
  assert.deepEqual(await go(steps), ['a', 'b']);
  assert.deepEqual(await go(steps, { force: true, only: 'a' }), ['a']);
});

test('what a step made is missed when it is gone', async () => {
  const made = join(places.root, 'made');
  const steps = [
    step('a', {
      outputs: () => [made],
      async work() {
        mkdirSync(made);
      },
    }),
  ];
  await go(steps);
  assert.deepEqual(await go(steps), []);
  rmSync(made, { recursive: true });
  assert.deepEqual(await go(steps), ['a']);
});

test('a step waits for those it needs', async () => {
  const late = async () => {
    await new Promise((done) => setTimeout(done, 20));
    ran.push('a');
  };
  await go([step('a', { work: late }), step('b', { needs: ['a'] })]);
  assert.deepEqual(ran, ['a', 'b']);
});

test('a failure shows the log, keeps dependents from running, and is tried again', async () => {
  const script = 'console.error("the reason"); process.exit(3)';
  const bad = ({ log }) => mustRun(process.execPath, ['-e', script], { log });
  const steps = (work) => [step('a', { work }), step('b', { needs: ['a'] })];
  await assert.rejects(
    go(steps(bad)),
    (error) => error instanceof SetupFailed && /^a: .*\nthe reason\n/.test(error.message),
  );
  assert.deepEqual(ran, []);
  const good = async () => void ran.push('a');
  assert.deepEqual(await go(steps(good)), ['a', 'b']);
});

test('a failure calls off what runs beside it', async () => {
  const bad = ({ log }) => mustRun(process.execPath, ['-e', 'process.exit(1)'], { log });
  const endless = ({ log, signal }) =>
    mustRun(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { log, signal });
  const begun = Date.now();
  await assert.rejects(go([step('a', { work: endless }), step('b', { work: bad })]), /^Error: b: /);
  assert.ok(Date.now() - begun < 20_000);
});

test('two set-ups of one checkout do the work once', async () => {
  const slow = async () => {
    ran.push('a');
    await new Promise((done) => setTimeout(done, 50));
  };
  const steps = [step('a', { work: slow })];
  await Promise.all([go(steps), go(steps)]);
  assert.deepEqual(ran, ['a']);
});

test('a step that is not for this machine is left out with a word, and refused when asked for', async () => {
  const said = [];
  const steps = [step('a'), step('b', { skip: () => 'the moon is wrong' })];
  const loud = { ...progress, say: (line) => said.push(line) };
  assert.deepEqual(await go(steps, { progress: loud }), ['a']);
  assert.deepEqual(ran, ['a']);
  assert.match(said.join(), /b is left out: the moon is wrong/);
  await assert.rejects(go(steps, { only: 'b' }), /b: the moon is wrong/);
});

test('the failure of an optional step stops nothing, and is tried again', async () => {
  const said = [];
  const loud = { ...progress, say: (line) => said.push(line) };
  const bad = step('b', {
    optional: true,
    async work() {
      ran.push('b');
      throw new Error('no linker');
    },
  });
  const steps = [step('a'), bad];
  await go(steps, { progress: loud });
  assert.match(said.join(), /b is left out: no linker/);
  ran = [];
  await go(steps);
  assert.deepEqual(ran, ['b']);
});

test('a step that calls set-up is told so, and does not wait for itself', async () => {
  const workflow = new URL('../lib/workflow.mjs', import.meta.url).href;
  const inner = `
    import { setUp } from ${JSON.stringify(workflow)};
    const progress = { start() {}, note() {}, end() {}, say() {} };
    const steps = [{ name: 'b', title: 'b', inputs: ['b.txt'], work: async () => {} }];
    await setUp(steps, { progress, places: ${JSON.stringify(places)} });`;
  const work = ({ log }) =>
    mustRun(process.execPath, ['--input-type=module', '-e', inner], { log });
  await assert.rejects(go([step('a', { work })]), (error) => {
    assert.ok(error instanceof SetupFailed);
    assert.match(error.message, /asked for set-up \(b\)/);
    return true;
  });
});
