// Owns what the prompt asks of a source language. Each has a module of its own in languages/.
import type { KeptSession } from './kept.js';

/** Names and how much of the line they replace, as readline wants it. */
export type Completion = [string[], string];

/** What differs from language to language. */
export interface ReplLanguage {
  readonly name: 'python' | 'javascript' | 'typescript';
  /** What the greeting calls it. */
  readonly title: string;
  /** Whether an input that is typed goes on in the next line. */
  isIncomplete(code: string, session: KeptSession): boolean | Promise<boolean>;
  /** Whether what is piped to the prompt is answered line by line; else it is one program. */
  readonly linewise: boolean;
  /** Prepares a new session. */
  begin?(session: KeptSession): Promise<void>;
  /** Runs one input in a session; what is to be shown besides the output. */
  run(session: KeptSession, code: string, file: string, signal: AbortSignal): Promise<Answer>;
  /** Names for the end of a line. `declared`: names of earlier inputs. */
  complete(session: KeptSession, line: string, declared: ReadonlySet<string>): Promise<Completion>;
  /** Names that an input declares and that `complete` could not find out. */
  declarations(code: string): string[];
}

/** What one input came to. */
export interface Answer {
  /** Null or undefined: nothing is shown. */
  value: unknown;
  /** Whether output was dropped because of the limit. */
  truncated: boolean;
}
