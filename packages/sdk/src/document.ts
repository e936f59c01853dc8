// Owns the way of a document (a policy, a capability) into JSON text. JSON would turn NaN into null,
// which in a policy means "no limit": whatever JSON cannot say is refused instead.
import { UsageError } from './errors.js';

const deepest = 32;

/** @throws UsageError `invalid_policy` naming the path of what JSON cannot say. */
export function documentText(document: unknown, place = '$'): string {
  return JSON.stringify(plain(document, place, 0));
}

function plain(value: unknown, path: string, depth: number): unknown {
  if (depth > deepest) throw refused(path, 'is nested too deeply, or holds itself');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw refused(path, `is ${value}; write null for "no limit" where that is allowed`);
  }
  if (Array.isArray(value)) return value.map((item, i) => plain(item, `${path}[${i}]`, depth + 1));
  if (typeof value === 'object' && isPlain(value)) {
    const out: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) out[key] = plain(item, `${path}.${key}`, depth + 1);
    }
    return out;
  }
  throw refused(path, `is a ${typeof value}, which no document can hold`);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refused(path: string, why: string): UsageError {
  return new UsageError('invalid_policy', `Invalid policy: ${path} ${why}`, { details: { path } });
}
