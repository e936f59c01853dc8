// What a guest may not do to a terminal, wherever its pieces happen to end.
import { describe, expect, test } from 'vitest';
import { Sink } from '../src/sink.js';
import { neutralised, TerminalFilter } from '../src/terminal.js';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Through the filter in pieces of `size` bytes. */
function filtered(input: Uint8Array, size: number): string {
  const filter = new TerminalFilter();
  let out = '';
  for (let at = 0; at < input.length; at += size) out += filter.push(input.subarray(at, at + size));
  return out + filter.end();
}

describe.each([1, 2, 3, 5, 1000])('in pieces of %i bytes', (size) => {
  test.each([
    ['clear screen', '\u001b[2Jgone', '\\x1b[2Jgone'],
    ['window title', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['clipboard', '\u001b]52;c;ZXZpbA==\u001b\\', '\\x1b]52;c;ZXZpbA==\\x1b\\'],
    ['C1 control sequence', '\u009b31mred', '\\x9b31mred'],
    ['backspace and delete', 'a\bb\u007f', 'a\\x08b\\x7f'],
    ['lone carriage return', 'safe\rFAKE', 'safe\\x0dFAKE'],
    ['carriage return at the end', 'safe\r', 'safe\\x0d'],
    ['line ends of Windows', 'a\r\nb\r\n', 'a\r\nb\r\n'],
    ['reversed text', 'abc\u202edef\u2066', 'abc\\u202edef\\u2066'],
    ['NUL', 'a\0b', 'a\\x00b'],
    ['plain text', 'tab\there\nnaïve 日本語 🦀\n', 'tab\there\nnaïve 日本語 🦀\n'],
  ])('%s', (_name, input, shown) => {
    expect(filtered(bytes(input), size)).toBe(shown);
  });

  test('malformed UTF-8 cannot carry a control character', () => {
    expect(filtered(new Uint8Array([0x9b, 0x33, 0xc2]), size)).toBe('\ufffd3\ufffd');
  });
});

test('every control character is shown', () => {
  for (let code = 0; code < 0xa0; code++) {
    const character = String.fromCharCode(code);
    const kept = character === '\n' || character === '\t' || (code >= 0x20 && code < 0x7f);
    expect(neutralised(`${character}x`) === `${character}x`).toBe(kept);
  }
});

test('a terminal gets the filter, a pipe the very bytes', () => {
  const written: (string | Uint8Array)[] = [];
  const stream = { isTTY: true, write: (chunk: string | Uint8Array) => written.push(chunk) };
  const terminal = new Sink(stream);
  terminal.push(bytes('\u001b'));
  terminal.push(bytes('[31mhi'));
  terminal.end();
  expect(written.join('')).toBe('\\x1b[31mhi\n');
  written.length = 0;
  const pipe = new Sink({ ...stream, isTTY: false });
  const raw = new Uint8Array([0x1b, 0xff, 0x0a]);
  pipe.push(raw);
  pipe.end();
  expect(written).toEqual([raw]);
});
