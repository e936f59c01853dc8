// Owns a row of checks that all run even when one fails, with one line each at the end.
// Knows no check by itself.
import { run } from './processes.mjs';

/** `tasks`: `{ title, command, args, env, cwd, mend }`; returns whether all succeeded. */
export async function runTasks(tasks) {
  const results = [];
  for (const task of tasks) {
    process.stdout.write(`\n── ${task.title}\n`);
    const code = await run(task.command, task.args, { env: task.env, cwd: task.cwd });
    results.push({ ...task, good: code === 0 });
  }
  process.stdout.write('\n');
  for (const { title, good, mend } of results) {
    const advice = !good && mend ? `  (mend with: ${mend})` : '';
    process.stdout.write(`${good ? '✓' : '✗'} ${title}${advice}\n`);
  }
  return results.every((result) => result.good);
}
