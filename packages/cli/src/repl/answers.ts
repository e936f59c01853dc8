// Owns what one input comes to on the screen: output as it comes, then the value or the error.
import { SandboxError } from 'wasm-sandbox';
import { describeError } from '../report.js';
import type { Sink } from '../sink.js';
import { showValue } from '../value.js';
import { type Completion, complete, declarations } from './completion.js';
import type { KeptSession } from './kept.js';

export class Answers {
  readonly #session: KeptSession;
  readonly #out: Sink;
  readonly #err: Sink;
  readonly #declared = new Set<string>();
  #running: AbortController | undefined;
  #number = 0;

  constructor(session: KeptSession, out: Sink, err: Sink) {
    this.#session = session;
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
      const { value, truncated } = await this.#session.run(code, file, this.#running.signal);
      for (const name of declarations(code)) this.#declared.add(name);
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
    return complete(this.#session, line, this.#declared).catch(() => [[], line]);
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
