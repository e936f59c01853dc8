// Owns `wasm-sandbox repl`: options into a session, a greeting, the prompt.
import { coloured, painter } from '../colour.js';
import { type GuestFlags, guestOptions } from '../guest-options.js';
import { Sink } from '../sink.js';
import { Answers } from './answers.js';
import { historyFile } from './history.js';
import { KeptSession } from './kept.js';
import { answerPiped, prompt } from './prompt.js';

/** Asks and answers until the input ends; gives back the exit status. */
export async function replCommand(flags: GuestFlags): Promise<number> {
  const [out, err] = [new Sink(process.stdout), new Sink(process.stderr)];
  const options = await guestOptions(flags);
  const session = await KeptSession.open({ ...options, onStdout: out.push, onStderr: err.push });
  const answers = new Answers(session, out, err);
  try {
    if (process.stdin.isTTY && process.stdout.isTTY) {
      const paint = painter(coloured(process.stdout));
      const help = paint('dim', '.help tells more, Ctrl-D leaves');
      out.line(`JavaScript in a sandbox, policy ${flags.policy}. ${help}`);
      await prompt(answers, historyFile('javascript'));
    } else {
      await answerPiped(answers);
    }
    return 0;
  } finally {
    await session.dispose();
  }
}
