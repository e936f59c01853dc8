// Owns running one test module to its end: a process with a fresh sandbox, time limits, and after a test
// that ended the sandbox another one for the tests that are left.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loads } from './modules.mjs';

const child = join(dirname(fileURLToPath(import.meta.url)), 'child.mjs');
/** The worse outcome of a test stays: a subtest may fail, and the test's own end come after it. */
const order = ['passed', 'skipped', 'failed', 'error', 'crashed', 'timeout'];

/** What is known of the tests of one module. */
class Record {
  constructor(name) {
    Object.assign(this, { name, tests: new Map(), running: undefined, ended: false });
    this.retried = new Set();
  }

  note({ index, id, outcome, detail }) {
    const key = index < 0 ? id : index;
    const before = this.tests.get(key);
    if (before && order.indexOf(before.outcome) >= order.indexOf(outcome)) return;
    this.tests.set(key, { id, outcome, detail });
  }

  take(event) {
    if (event.kind === 'start') {
      this.running = event;
      // A test that says nothing of itself passed; unittest tells of the others.
      this.note({ ...event, outcome: 'passed' });
    } else if (event.kind === 'done') {
      this.note(event);
    } else if (event.kind === 'end') {
      this.ended = true;
      this.stderr = event.stderr;
      if (event.status !== 'ok') this.stop('error', `${event.status}: ${event.value?.stack ?? ''}`);
    } else if (event.kind === 'trap') {
      this.stop('crashed', event.message);
    }
  }

  /** The sandbox ended: the test that was running did it, or else the module as a whole. */
  stop(outcome, detail) {
    const { index, id } = this.running ?? { index: -1, id: this.name };
    this.note({ index, id, outcome, detail });
    if (!this.running) this.ended = true;
  }

  /** The process died under the sandbox, which says nothing of the test yet: it gets a second one. */
  died(signal, said) {
    const key = this.running?.index ?? this.name;
    if (this.retried.has(key)) return this.stop('crashed', `the process ended: ${signal}\n${said}`);
    this.retried.add(key);
    this.tests.delete(key);
  }

  done() {
    return [...this.tests.keys()].filter((key) => typeof key === 'number');
  }
}

function once(record, { tests, only, testLimit, left }) {
  const allowed = loads[record.name] ?? [];
  const job = { name: `test.${record.name}`, allowed, tests, done: record.done(), only };
  const args = ['--no-warnings', child, JSON.stringify(job)];
  const stdio = ['ignore', 'pipe', 'pipe'];
  const running = spawn(process.execPath, args, { stdio });
  return new Promise((resolve) => {
    let timer;
    let stopped = false;
    const events = [];
    const kill = () => {
      stopped = true;
      record.stop('timeout', 'took too long');
      running.kill('SIGKILL');
    };
    const whole = setTimeout(kill, left);
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(kill, testLimit);
    };
    watch();
    let said = '';
    running.stderr.on('data', (text) => {
      said += text;
    });
    createInterface({ input: running.stdout }).on('line', (line) => {
      if (stopped) return;
      const event = JSON.parse(line);
      events.push(event.kind);
      record.take(event);
      watch();
    });
    running.on('close', (code, signal) => {
      clearTimeout(timer);
      clearTimeout(whole);
      const last = events.at(-1);
      if (!stopped && last !== 'end' && last !== 'trap')
        record.died(signal ?? code, said.slice(-2000));
      resolve();
    });
  });
}

/**
 * Runs a module of `tests` (the folder of CPython's `test`). `only`: parts of test names, none for all.
 * Gives `{name, retried, tests: [{id, outcome, detail}], seconds}`.
 */
export async function runModule(name, { tests, only = [], testLimit = 30, limit = 900 }) {
  const record = new Record(name);
  const begun = Date.now();
  while (!record.ended) {
    record.running = undefined;
    const left = limit * 1000 - (Date.now() - begun);
    if (left <= 0) {
      record.note({ index: -1, id: name, outcome: 'timeout', detail: 'the module took too long' });
      break;
    }
    await once(record, { tests, only, testLimit: testLimit * 1000, left });
  }
  const retried = record.retried.size;
  return { name, retried, tests: [...record.tests.values()], seconds: (Date.now() - begun) / 1000 };
}
