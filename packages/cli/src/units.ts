// Owns reading durations, sizes and pairs from the command line. Nothing is guessed: what does not
// fit is refused with an example that does.
import { InvalidArgumentError } from 'commander';

const milliseconds: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const bytes: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `500ms`, `5s`, `1.5m` as milliseconds; at least one. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  const value = match
    ? Math.ceil(Number(match[1]) * (milliseconds[match[2] ?? ''] ?? Number.NaN))
    : 0;
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(
    'Give a duration above zero with its unit, such as 500ms, 5s or 2m.',
  );
}

/** `65536`, `64k`, `64m`, `1g`, also `64MiB`, as bytes; at least one. */
export function size(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim());
  const unit = bytes[(match?.[2] ?? '').toLowerCase()] ?? Number.NaN;
  const value = match ? Math.ceil(Number(match[1]) * unit) : 0;
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(
    'Give a size above zero, such as 64m, 512k, 1g or a number of bytes.',
  );
}

/** Splits `name=rest` at the first equals sign. */
export function pair(text: string, example: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`Give a name and a value, such as ${example}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

type Pairs = Record<string, string>;

/** Collects repeated `NAME=VALUE` options. */
export const collectPairs =
  (example: string) =>
  (text: string, before: Pairs = Object.create(null)): Pairs => {
    const [name, value] = pair(text, example);
    return Object.assign(before, { [name]: value });
  };

/** Collects repeated `name=json` options. */
export function collectInputs(
  text: string,
  before: Record<string, unknown> = Object.create(null),
): Record<string, unknown> {
  const [name, value] = pair(text, `n=42 or who='"Ada"'`);
  try {
    return Object.assign(before, { [name]: JSON.parse(value) });
  } catch {
    throw new InvalidArgumentError(
      `The value of ${name} is not JSON. Text needs quotes of its own: --input '${name}="..."'.`,
    );
  }
}

/** One argument of a function: JSON where it is JSON, otherwise text; long integers stay exact. */
export function argument(text: string): unknown {
  if (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text))) return BigInt(text);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
