// Owns making a guest's bytes harmless on a terminal: escape sequences, other control characters and
// text that reverses its own direction are shown as `\x1b` and the like instead of being obeyed.
// Pieces may end anywhere, in the middle of a character or of a sequence.

// Line feed and tab stay; a carriage return stays only before a line feed.
const dangerous =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\0-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\r(?!\n)/g;

/** `text` with everything shown that a terminal would obey. */
export function neutralised(text: string): string {
  return text.replace(dangerous, shown);
}

function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code > 0xff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\x${code.toString(16).padStart(2, '0')}`;
}

/** Neutralises a stream piece by piece. */
export class TerminalFilter {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** A carriage return at a piece's end: what it is shows in the next one. */
  #held = '';

  /** What may be written now. */
  push(chunk: Uint8Array): string {
    return this.#pass(this.#held + this.#decoder.decode(chunk, { stream: true }));
  }

  /** What is left at the end; incomplete characters show as U+FFFD. */
  end(): string {
    const rest = this.#held + this.#decoder.decode();
    this.#held = '';
    return neutralised(rest);
  }

  #pass(text: string): string {
    const held = text.endsWith('\r');
    this.#held = held ? '\r' : '';
    return neutralised(held ? text.slice(0, -1) : text);
  }
}
