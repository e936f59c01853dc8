// Owns the session behind a prompt. It outlives what is run in it: before each input it is saved, and when
// a limit or Ctrl-C has cut the interpreter off, it begins again from there.
import { type OpenOptions, SandboxError, type Session, WasmSandbox } from 'wasm-sandbox';
import type { Answer, ReplLanguage } from './language.js';

export class KeptSession {
  readonly #options: OpenOptions;
  readonly #language: ReplLanguage;
  #session: Session;
  #saved: Uint8Array | undefined;

  private constructor(session: Session, options: OpenOptions, language: ReplLanguage) {
    this.#session = session;
    this.#options = options;
    this.#language = language;
  }

  static async open(options: OpenOptions, language: ReplLanguage): Promise<KeptSession> {
    const kept = new KeptSession(await WasmSandbox[language.name](options), options, language);
    await language.begin?.(kept);
    return kept;
  }

  /**
   * Runs one input.
   *
   * @throws SandboxError; where `details.stateLost` was true, the session is as it was before this input.
   */
  run(code: string, options: { file: string; signal?: AbortSignal }): Promise<Answer> {
    return this.#kept((session) => session.run(code, options));
  }

  /** Calls a function of the session, as an input. */
  call(name: string, args: unknown[], signal: AbortSignal): Promise<Answer> {
    return this.#kept((session) => session.run('', { call: name, args, signal }));
  }

  async #kept(work: (session: Session) => Promise<Answer>): Promise<Answer> {
    this.#saved = await this.#session.snapshot();
    try {
      const { value, truncated } = await work(this.#session);
      return { value, truncated };
    } catch (error) {
      if (error instanceof SandboxError && error.details.stateLost === true) await this.#goBack();
      throw error;
    }
  }

  /** What `code` gives in a branch that is thrown away: it may change nothing, and may not take long. */
  async peek(code: string, inputs: Record<string, unknown>): Promise<unknown> {
    const branch = await this.#session.fork();
    try {
      return (await branch.run(code, { inputs, timeoutMs: 200 })).value;
    } finally {
      await branch.dispose();
    }
  }

  /** Forgets everything. */
  async reset(): Promise<void> {
    await this.#session.reset();
    await this.#language.begin?.(this);
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }

  async #goBack(): Promise<void> {
    const { files: _, ...rest } = this.#options;
    const lost = this.#session;
    // What was given at the start is in the snapshot, as the session has left it.
    this.#session = await WasmSandbox.restore(this.#saved ?? new Uint8Array(), rest);
    await lost.dispose();
  }
}
