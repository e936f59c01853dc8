// Owns `wasm-sandbox repl`: options into a session, a greeting, the prompt.
import { coloured, painter } from '../colour.js';
import { type GuestFlags, guestOptions } from '../guest-options.js';
import { Sink } from '../sink.js';
import { Answers } from './answers.js';
import { historyFile } from './history.js';
import { KeptSession } from './kept.js';
import type { ReplLanguage } from './language.js';
import { javascript, typescript } from './languages/ecmascript.js';
import { python } from './languages/python.js';
import { answerPiped, prompt } from './prompt.js';

const languages: Record<ReplLanguage['name'], ReplLanguage> = { python, javascript, typescript };

/** The options, as the parser gives them. */
export interface ReplFlags extends GuestFlags {
  lang?: ReplLanguage['name'];
}

/** Asks and answers until the input ends; gives back the exit status. */
export async function replCommand(flags: ReplFlags): Promise<number> {
  const [out, err] = [new Sink(process.stdout), new Sink(process.stderr)];
  const language = languages[flags.lang ?? 'javascript'];
  const options = await guestOptions(flags);
  const listeners = { onStdout: out.push, onStderr: err.push };
  const session = await KeptSession.open({ ...options, ...listeners }, language);
  const answers = new Answers(session, language, out, err);
  try {
    if (process.stdin.isTTY && process.stdout.isTTY) {
      const paint = painter(coloured(process.stdout));
      const help = paint('dim', '.help tells more, Ctrl-D leaves');
      out.line(`${language.title} in a sandbox, policy ${flags.policy}. ${help}`);
      await prompt(answers, historyFile(language.name));
    } else {
      await answerPiped(answers);
    }
    return 0;
  } finally {
    await session.dispose();
  }
}
