// Owns the prompt: lines in, answers out, Ctrl-C, and the commands that begin with a dot. Editing, history and
// multi-line input are Node's own; nothing that is typed is ever evaluated in this process.
import { createInterface } from 'node:readline';
import { type REPLEval, type REPLServer, Recoverable, start } from 'node:repl';
import { coloured } from '../colour.js';
import type { Answers } from './answers.js';
import type { Completion } from './language.js';

/** Asks on a terminal until the user leaves. */
export async function prompt(answers: Answers, history: string | undefined): Promise<void> {
  /** Inputs are answered one after the other, however fast they come. */
  let last: Promise<unknown> = Promise.resolve();
  const evaluate: REPLEval = (code, _context, _file, done) => {
    last = last.then(async () => {
      if (await answers.isIncomplete(code)) {
        return done(new Recoverable(new SyntaxError('more is wanted')), undefined);
      }
      await answers.answer(code);
      done(null, undefined);
    });
  };
  const server = start({
    prompt: '> ',
    terminal: true,
    useColors: coloured(process.stdout),
    ignoreUndefined: true,
    // Node's own preview and completion would evaluate what is typed in this process.
    preview: false,
    completer: (line: string, done: (error: Error | null, found: Completion) => void) => {
      answers.complete(line).then((found) => done(null, found));
    },
    eval: evaluate,
  });
  defineCommands(server, answers);
  if (history) server.setupHistory(history, () => {});
  interruptFirst(server, () => answers.interrupt());
  await new Promise<void>((done) => server.on('exit', done));
  await last;
}

/** Answers what is piped to us, without prompts. */
export async function answerPiped(answers: Answers): Promise<void> {
  let code = '';
  for await (const line of createInterface({ input: process.stdin })) {
    code += `${line}\n`;
    if (!answers.linewise || (await answers.isIncomplete(code))) continue;
    await answers.answer(code);
    code = '';
  }
  await answers.answer(code);
}

/** Ctrl-C ends what runs; at an empty prompt it does what it does in Node. */
function interruptFirst(server: REPLServer, interrupt: () => boolean): void {
  const usual = server.listeners('SIGINT') as (() => void)[];
  server.removeAllListeners('SIGINT');
  server.on('SIGINT', () => {
    if (!interrupt()) for (const listener of usual) listener.call(server);
  });
}

function defineCommands(server: REPLServer, answers: Answers): void {
  function reset(this: REPLServer): void {
    this.clearBufferedCommand();
    answers.reset().then(() => this.displayPrompt());
  }
  server.defineCommand('reset', { help: 'Forget everything and begin anew', action: reset });
  // Node's own would make a new context of this process.
  server.defineCommand('clear', { help: 'Alias of .reset', action: reset });
}
