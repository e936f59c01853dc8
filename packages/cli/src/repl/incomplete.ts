// Owns the question whether an input goes on in the next line: it is no program yet, and could become one.
import { type Options, parse } from 'acorn';

const options: Options = {
  ecmaVersion: 'latest',
  allowAwaitOutsideFunction: true,
  allowReturnOutsideFunction: false,
  allowHashBang: true,
};

/** Whether the parser wanted more when the text ended. */
export function isIncomplete(code: string): boolean {
  try {
    parse(code, options);
    return false;
  } catch (error) {
    const { pos, message } = error as SyntaxError & { pos?: number };
    if (/^Unterminated (template|comment)/.test(message)) return true;
    return (
      pos !== undefined && pos >= code.trimEnd().length && !/^Unterminated string/.test(message)
    );
  }
}
