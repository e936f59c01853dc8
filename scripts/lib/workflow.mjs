// Owns the order of set-up: which steps are stale, that each waits for those it needs, that a step
// runs once, and that its stamp is written only when it succeeded. Knows no step by name.
import { join } from 'node:path';
import { FileHashes } from './inputs.mjs';
import { withLock } from './lock.mjs';
import * as paths from './paths.mjs';
import { excerpt, ProgramFailed } from './processes.mjs';
import { Progress } from './progress.mjs';
import { Stamps } from './stamps.mjs';
import { missingTools, nodeComplaint } from './toolchains.mjs';

/** Set for what the steps call, while there are any going on. */
const inside = 'WASM_SANDBOX_INSIDE_SETUP';

/** Thrown with sentences for people; everything else is a defect of these scripts. */
export class SetupFailed extends Error {}

/**
 * A step: `{ name, title, tools, needs, inputs, keep, extra, outputs, work, skip, optional }`; `work` gets
 * `{ log, note, signal, remembered }` and may return what its stamp shall remember; files named in
 * `made` must exist for the stamp to hold. `skip` tells why a step is not for this machine, and `optional` means
 * that its failure is told and nothing more: nothing may need such a step.
 */
export async function setUp(
  steps,
  { only, force = false, progress = new Progress(), places = paths } = {},
) {
  const { root, stateFolder, cacheFolder } = places;
  const old = nodeComplaint();
  if (old) throw new SetupFailed(old);
  const { wanted, skipped } = withoutSkipped(only ? withNeeds(steps, only) : steps, only);
  const hashes = new FileHashes(join(stateFolder, 'files.json'));
  const stamps = new Stamps(stateFolder);
  if (force) for (const step of wanted) stamps.take(step.name);
  const stale = () => staleSteps(wanted, { root, hashes, stamps });
  const first = stale();
  hashes.save();
  if (first.length === 0) return [];
  for (const line of skipped) progress.say(line);

  // A step that came to call set-up would wait for the set-up that waits for it.
  if (process.env[inside] && process.env[inside] !== String(process.pid)) {
    const names = first.map(({ step }) => step.name).join(', ');
    throw new SetupFailed(`A step of set-up asked for set-up (${names}); its own part has to do.`);
  }
  const missing = await missingTools(first.flatMap(({ step }) => step.tools ?? []));
  if (missing.length > 0) throw new SetupFailed(missing.join('\n'));
  const onWait = ({ pid }) =>
    progress.say(`Waiting for another set-up (process ${pid}) to finish.`);
  return withLock(
    join(cacheFolder, 'setup.lock'),
    async () => {
      // Another set-up of this very checkout may have done the work while this one waited.
      const work = stale();
      process.env[inside] = String(process.pid);
      try {
        await runSteps(work, { stamps, progress, logs: join(stateFolder, 'logs') });
      } finally {
        delete process.env[inside];
      }
      hashes.save();
      return work.map(({ step }) => step.name);
    },
    { onWait },
  );
}

/** The named step and everything it needs, in the order of the list. */
export function withNeeds(steps, name) {
  const chosen = new Set();
  const add = (wanted) => {
    const step = steps.find((candidate) => candidate.name === wanted);
    if (!step)
      throw new SetupFailed(
        `There is no step "${wanted}": ${steps.map((s) => s.name).join(', ')}.`,
      );
    chosen.add(step);
    for (const need of step.needs ?? []) add(need);
  };
  add(name);
  return steps.filter((step) => chosen.has(step));
}

/** Leaves out what is not for this machine; who asks for it by name hears that it cannot be. */
function withoutSkipped(steps, only) {
  const reasons = steps.map((step) => [step, step.skip?.()]);
  const asked = reasons.find(([step, reason]) => reason && step.name === only);
  if (asked) throw new SetupFailed(`${asked[0].title}: ${asked[1]}.`);
  return {
    wanted: reasons.filter(([, reason]) => !reason).map(([step]) => step),
    skipped: reasons.flatMap(([step, why]) =>
      why ? [`  – ${step.title} is left out: ${why}.`] : [],
    ),
  };
}

/** A step's key covers the keys of the steps it needs, so a change is carried through. */
function staleSteps(steps, { root, hashes, stamps }) {
  const keys = {};
  const found = [];
  for (const step of steps) {
    const needed = (step.needs ?? []).map((need) => keys[need]);
    const extra = [process.platform, process.arch, ...needed, ...(step.extra?.() ?? [])];
    const key = hashes.digest(root, step.inputs, { keep: step.keep, extra });
    keys[step.name] = key;
    const fresh = stamps.holds(step.name, key, step.outputs?.() ?? []);
    if (!fresh) found.push({ step, key });
  }
  return found;
}

async function runSteps(work, tools) {
  const abort = new AbortController();
  const running = new Map();
  for (const { step, key } of work) {
    const first = (step.needs ?? []).map((need) => running.get(need));
    const task = Promise.all(first).then(() => runStep(step, key, { ...tools, abort }));
    task.catch(() => abort.abort());
    running.set(step.name, task);
  }
  const results = await Promise.allSettled(running.values());
  // The first cause, not the steps that were called off because of it.
  const failure = results
    .map((r) => r.reason)
    .find((reason) => reason && reason.name !== 'AbortError');
  if (failure) throw failure;
}

async function runStep(step, key, { stamps, progress, logs, abort }) {
  abort.signal.throwIfAborted();
  const log = join(logs, `${step.name}.log`);
  const remembered = stamps.read(step.name);
  progress.start(step.title);
  stamps.take(step.name);
  try {
    const note = (line) => progress.note(step.title, line);
    const more = await step.work({ log, note, signal: abort.signal, remembered });
    stamps.put(step.name, key, more);
    progress.end(step.title, '✓');
  } catch (error) {
    progress.end(step.title, error.name === 'AbortError' ? '–' : '✗');
    if (step.optional && error.name !== 'AbortError') {
      progress.say(`  – ${step.title} is left out: ${error.message}. The whole log: ${log}`);
      return;
    }
    if (!(error instanceof ProgramFailed)) throw error;
    throw new SetupFailed(
      `${step.title}: ${error.message}\n${excerpt(log)}\nThe whole log: ${log}`,
    );
  }
}
