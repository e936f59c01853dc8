// Owns how a guest's value is shown: as Node shows values, with everything that a terminal would obey made harmless.
import { inspect } from 'node:util';
import { coloured } from './colour.js';
import { neutralised } from './terminal.js';

/** The value as text, coloured where `stream` shows colours. */
export function showValue(value: unknown, stream: { isTTY?: boolean }): string {
  const text = inspect(value, { colors: coloured(stream), depth: 8, maxStringLength: 100_000 });
  // inspect escapes control characters in values, so that only its own colours are left to pass.
  const parts = text.split(ownColours);
  return parts.map((part, i) => (i % 2 === 0 ? neutralised(part) : part)).join('');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: inspect writes them
const ownColours = /(\u001b\[\d{1,2}m)/;
