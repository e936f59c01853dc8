// Owns one of our two output streams as a guest writes to it: neutralised on a terminal, untouched in
// a pipe, and quiet when whoever read it has gone.
import { TerminalFilter } from './terminal.js';

/** A stream of this process. */
export interface OutputStream {
  readonly isTTY?: boolean;
  write(chunk: string | Uint8Array): unknown;
}

/** A guest's way to one of our streams. */
export class Sink {
  readonly #stream: OutputStream;
  readonly #filter: TerminalFilter | undefined;
  #open = false;

  constructor(stream: OutputStream) {
    this.#stream = stream;
    this.#filter = stream.isTTY ? new TerminalFilter() : undefined;
  }

  /** Takes one piece of a guest's output. */
  readonly push = (chunk: Uint8Array): void => {
    if (chunk.length === 0) return;
    this.#open = chunk[chunk.length - 1] !== 0x0a;
    this.#write(this.#filter ? this.#filter.push(chunk) : chunk);
  };

  /** Ends the guest's output; what we write next begins on a line of its own. */
  end(): void {
    this.#write(this.#filter?.end() ?? '');
    if (this.#open) this.#write('\n');
    this.#open = false;
  }

  /** Writes a line of our own. */
  line(text: string): void {
    this.#write(`${text}\n`);
  }

  #write(chunk: string | Uint8Array): void {
    if (chunk.length > 0) this.#stream.write(chunk);
  }
}
