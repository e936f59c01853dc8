// Owns the refusal of unknown options: a misspelt `policy` must never pass in silence.
import { UsageError } from './errors.js';

/** @throws UsageError `invalid_argument` naming the first key that is not in `known`. */
export function checkKeys(options: object, known: readonly string[], where: string): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new UsageError('invalid_argument', `Invalid argument: ${where} takes an object`, {
      details: { path: '$' },
    });
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const message = `Invalid argument: ${where} has no option ${JSON.stringify(key)}; it has ${known.join(', ')}`;
    throw new UsageError('invalid_argument', message, { details: { path: `$.${key}` } });
  }
}
