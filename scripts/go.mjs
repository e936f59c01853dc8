// `node scripts/go.mjs test|lint|format`: the Go package's verbs. The tools are Go programs at fixed versions, which the
// toolchain builds once and keeps; where there can be no Go package, that is said and nothing is done.
import { join } from 'node:path';
import { goTools } from './lib/go-tools.mjs';
import { goObstacle } from './lib/object.mjs';
import { root } from './lib/paths.mjs';
import { run } from './lib/processes.mjs';
import { runTasks } from './lib/tasks.mjs';
import { missingTools } from './lib/toolchains.mjs';

const cwd = join(root, 'bindings', 'go');
const go = (title, ...args) => ({ title, command: 'go', args, cwd });

const verbs = {
  test: () => run('go', ['test', './...'], { cwd, echo: true }),
  async lint() {
    const good = await runTasks([
      {
        title: 'gofumpt',
        command: process.execPath,
        args: [join(root, 'scripts', 'go.mjs'), 'formatted'],
        mend: 'npm run format',
      },
      go('go vet', 'vet', './...'),
      go('staticcheck', 'run', goTools.staticcheck, './...'),
    ]);
    return good ? 0 : 1;
  },
  format: () => run('go', ['run', goTools.gofumpt, '-w', '.'], { cwd }),
  /** Names the files that are not in form; the tool itself is content with having named them. */
  async formatted() {
    const files = [];
    // What the toolchain says while it fetches the tool is none.
    const onLine = (line) => line.endsWith('.go') && files.push(line);
    const options = { cwd, echo: true, onLine };
    const code = await run('go', ['run', goTools.gofumpt, '-l', '.'], options);
    return code || (files.length > 0 ? 1 : 0);
  },
};

const verb = verbs[process.argv[2]];
const obstacle = goObstacle();
const missing = await missingTools(['go']);
if (!verb) {
  process.stderr.write('usage: node scripts/go.mjs test|lint|format\n');
  process.exitCode = 2;
} else if (missing.length > 0) {
  process.stderr.write(`${missing.join('\n')}\n`);
  process.exitCode = 1;
} else if (obstacle) process.stdout.write(`Not done for Go: ${obstacle}.\n`);
else process.exitCode = await verb();
