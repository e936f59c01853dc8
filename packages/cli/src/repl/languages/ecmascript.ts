// Owns JavaScript and TypeScript at the prompt. An input goes on when it is no program yet and could become one.
import { tsPlugin } from '@sveltejs/acorn-typescript';
import { type Options, Parser } from 'acorn';
import type { ReplLanguage } from '../language.js';
import { complete, declarations } from './javascript-names.js';

const options: Options = {
  ecmaVersion: 'latest',
  allowAwaitOutsideFunction: true,
  allowReturnOutsideFunction: false,
  allowHashBang: true,
};

/** Whether the parser wanted more when the text ended. */
function isIncomplete(parser: typeof Parser, code: string): boolean {
  try {
    parser.parse(code, options);
    return false;
  } catch (error) {
    const { pos, message } = error as SyntaxError & { pos?: number };
    if (/^Unterminated (template|comment)/.test(message)) return true;
    return (
      pos !== undefined && pos >= code.trimEnd().length && !/^Unterminated string/.test(message)
    );
  }
}

const shared = {
  linewise: true,
  complete,
  declarations,
  run: (session, code, file, signal) => session.run(code, { file, signal }),
} satisfies Partial<ReplLanguage>;

export const javascript: ReplLanguage = {
  ...shared,
  name: 'javascript',
  title: 'JavaScript',
  isIncomplete: (code) => isIncomplete(Parser, code),
};

const TypeScriptParser = Parser.extend(tsPlugin());

export const typescript: ReplLanguage = {
  ...shared,
  name: 'typescript',
  title: 'TypeScript',
  isIncomplete: (code) => isIncomplete(TypeScriptParser as typeof Parser, code),
};
