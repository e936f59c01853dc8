// Owns the refusal of options that are none, and of unknown ones where the native part does not look: a misspelt
// `policy` must never pass in silence.
import { UsageError } from './errors.js';

/** @throws UsageError `invalid_argument` for what is no object; `what` says what takes one. */
export function checkObject(options: object, what = 'options are'): void {
  if (options !== null && typeof options === 'object' && !Array.isArray(options)) return;
  throw new UsageError('invalid_argument', `Invalid argument: ${what} an object`, {
    details: { path: '$' },
  });
}

/** @throws UsageError `invalid_argument` naming the first key that is not in `known`. */
export function checkKeys(options: object, known: readonly string[], where: string): void {
  checkObject(options, `${where} takes`);
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const message = `Invalid argument: ${where} has no option ${JSON.stringify(key)}; it has ${known.join(', ')}`;
    throw new UsageError('invalid_argument', message, { details: { path: `$.${key}` } });
  }
}
