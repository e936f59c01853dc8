// Owns values as JSON for --json: what JSON cannot say is tagged, as in the conformance cases.
// `{"$int": "…"}`, `{"$bytes": "base64"}`, `{"$float": "nan"}`, `{"$date": "…"}`, `{"$map": [[k, v]]}`.

/** A value of a guest as something that JSON can say. */
export function tagged(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return { $int: String(value) };
    case 'number':
      return number(value);
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : object(value);
    default:
      return value;
  }
}

function number(value: number): unknown {
  if (Object.is(value, -0)) return { $float: '-0' };
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return { $float: String(value) };
  if (Number.isFinite(value)) return value;
  return { $float: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
}

function object(value: object): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map(tagged);
  if (value instanceof Map)
    return { $map: [...value].map(([key, one]) => [tagged(key), tagged(one)]) };
  const entries = Object.entries(value);
  // An object that looks like a tag is none.
  const [first] = entries;
  if (entries.length === 1 && first?.[0].startsWith('$')) return object(new Map([first]));
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, one] of entries) out[key] = tagged(one);
  return out;
}
