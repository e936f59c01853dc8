// Owns whether we colour: only on a terminal, and never against NO_COLOR.

/** Whether `stream` shows colours. */
export function coloured(stream: { isTTY?: boolean }, env = process.env): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

const codes = {
  bold: [1, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  dim: [2, 22],
} as const;

/** Paints text, or leaves it as it is. */
export function painter(on: boolean) {
  return (style: keyof typeof codes, text: string): string => {
    const [begin, end] = codes[style];
    return on ? `\u001b[${begin}m${text}\u001b[${end}m` : text;
  };
}
