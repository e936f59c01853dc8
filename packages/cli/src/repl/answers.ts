// Owns what one input comes to on the screen: output as it comes, then the value or the error.
import { SandboxError } from 'wasm-sandbox';
import { describeError } from '../report.js';
import type { Sink } from '../sink.js';
import { showValue } from '../value.js';
import type { KeptSession } from './kept.js';
import type { Completion, ReplLanguage } from './language.js';

export class Answers {
  readonly #session: KeptSession;
  readonly #language: ReplLanguage;
  readonly #out: Sink;
  readonly #err: Sink;
  readonly #declared = new Set<string>();
  #running: AbortController | undefined;
  #number = 0;

  constructor(session: KeptSession, language: ReplLanguage, out: Sink, err: Sink) {
    this.#session = session;
    this.#language = language;
    this.#out = out;
    this.#err = err;
  }

  /** Runs one input and tells what came of it. */
  async answer(code: string): Promise<void> {
    if (code.trim() === '') return;
    this.#running = new AbortController();
    this.#number += 1;
    try {
      const file = `<input ${this.#number}>`;
      const { signal } = this.#running;
      const { value, truncated } = await this.#language.run(this.#session, code, file, signal);
      for (const name of this.#language.declarations(code)) this.#declared.add(name);
      this.#end();
      if (truncated) this.#err.line('warning: output beyond the limit (outputBytes) was dropped');
      if (value !== null && value !== undefined) this.#out.line(showValue(value, process.stdout));
    } catch (error) {
      this.#end();
      this.#err.line(describeError(error));
      if (error instanceof SandboxError && error.details.stateLost === true) {
        this.#err.line('The session is as it was before this input.');
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** Ends what runs; whether anything did. */
  interrupt(): boolean {
    this.#running?.abort(new Error('interrupted'));
    return this.#running !== undefined;
  }

  /** Names for the end of a line; none while something runs. */
  async complete(line: string): Promise<Completion> {
    if (this.#running) return [[], line];
    const found = this.#language.complete(this.#session, line, this.#declared);
    return found.catch(() => [[], line]);
  }

  /** Whether an input goes on in the next line. */
  async isIncomplete(code: string): Promise<boolean> {
    return this.#language.isIncomplete(code, this.#session);
  }

  /** Whether what is piped to us is answered line by line. */
  get linewise(): boolean {
    return this.#language.linewise;
  }

  async reset(): Promise<void> {
    await this.#session.reset();
    this.#declared.clear();
  }

  #end(): void {
    this.#out.end();
    this.#err.end();
  }
}
