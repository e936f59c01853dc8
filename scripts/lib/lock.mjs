// Owns the machine-wide turn: two set-ups that share a cache never build into it at the same time.
// A lock whose holder died, or whose heart stopped, is taken over; nobody waits for ever.
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const heartbeatMs = 5_000;
const staleMs = 60_000;

/** Waits for the lock, runs `work`, gives the lock back. `onWait` hears once who holds it. */
export async function withLock(file, work, { onWait = () => {}, retryMs = 500 } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const holder = read(file);
    if (holder && isStale(file, holder)) {
      discard(file);
      continue;
    }
    if (!told && holder) {
      told = true;
      onWait(holder);
    }
    await pause(retryMs);
  }
  const heart = setInterval(() => beat(file), heartbeatMs);
  const leave = () => rmSync(file, { force: true });
  process.once('exit', leave);
  try {
    return await work();
  } finally {
    clearInterval(heart);
    process.off('exit', leave);
    leave();
  }
}

function take(file) {
  try {
    const holder = { pid: process.pid, host: hostname() };
    writeFileSync(file, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when the lock has just gone; a torn lock names nobody and ages like any other. */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return error.code === 'ENOENT' ? undefined : {};
  }
}

function isStale(file, { pid, host }) {
  if (pid && host === hostname() && !isAlive(pid)) return true;
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > staleMs;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Renaming first means that of several who find the same dead lock only one removes it. */
function discard(file) {
  const grave = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, grave);
  } catch {
    return;
  }
  rmSync(grave, { force: true });
}

function beat(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Somebody removed the folder; the work goes on and its end finds nothing to give back.
  }
}
