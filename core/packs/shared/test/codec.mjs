// Owns the value codec on the host's side of the packs' tests, written from the layout in the JavaScript pack's
// README.md and not from the guests' C code, so that both have to mean the same.

const tag = {
  null: 0,
  false: 1,
  true: 2,
  int: 3,
  bigint: 4,
  float: 5,
  string: 6,
  bytes: 7,
  list: 8,
  map: 9,
  datetime: 10,
};

/** A value that is to travel under another tag than its JavaScript type suggests. */
export class As {
  constructor(kind, value, extra) {
    Object.assign(this, { kind, value, extra });
  }
}

export const int = (value) => new As('int', BigInt(value));
export const float = (value) => new As('float', value);
export const datetime = (micros, offset) => new As('datetime', BigInt(micros), offset);

const sized = (kind, bytes) => {
  const head = Buffer.alloc(5);
  head[0] = tag[kind];
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

const counted = (kind, count, parts) => {
  const head = Buffer.alloc(5);
  head[0] = tag[kind];
  head.writeUInt32LE(count, 1);
  return Buffer.concat([head, ...parts]);
};

const fixed = (kind, size, write) => {
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = tag[kind];
  write(bytes);
  return bytes;
};

function encodeBigint(value) {
  let digits = (value < 0n ? -value : value).toString(16);
  if (digits.length % 2) digits = `0${digits}`;
  const magnitude = value === 0n ? Buffer.alloc(0) : Buffer.from(digits, 'hex').reverse();
  const head = Buffer.alloc(6);
  head[0] = tag.bigint;
  head[1] = value < 0n ? 1 : 0;
  head.writeUInt32LE(magnitude.length, 2);
  return Buffer.concat([head, magnitude]);
}

const encodeMap = (entries) =>
  counted(
    'map',
    entries.length,
    entries.flatMap(([key, value]) => [encode(key), encode(value)]),
  );

function encodeAs({ kind, value, extra }) {
  if (kind === 'int') return fixed('int', 8, (b) => b.writeBigInt64LE(value, 1));
  if (kind === 'float') return fixed('float', 8, (b) => b.writeDoubleLE(value, 1));
  return fixed('datetime', 10, (b) => {
    b.writeBigInt64LE(value, 1);
    b.writeInt16LE(extra, 9);
  });
}

export function encode(value) {
  if (value === null || value === undefined) return Buffer.from([tag.null]);
  if (value === true || value === false) return Buffer.from([tag[value]]);
  if (value instanceof As) return encodeAs(value);
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && !Object.is(value, -0)
      ? encode(int(value))
      : encode(float(value));
  }
  if (typeof value === 'bigint') return encodeBigint(value);
  if (typeof value === 'string') return sized('string', Buffer.from(value));
  if (value instanceof Uint8Array) return sized('bytes', value);
  if (value instanceof Date) return encode(datetime(BigInt(value.getTime()) * 1000n, 0));
  if (Array.isArray(value)) return counted('list', value.length, value.map(encode));
  if (value instanceof Map) return encodeMap([...value]);
  return encodeMap(Object.entries(value));
}

/**
 * Maps whose keys are all strings become objects without a prototype, dates {micros, offset}. With `integralFloats` a
 * float may be integral, as in Python, and is marked as one; without it that is an error of the guest's.
 */
export function decode(bytes, { integralFloats = false } = {}) {
  const cursor = { at: 0, integralFloats };
  const value = read(Buffer.from(bytes), cursor);
  if (cursor.at !== bytes.length) throw new Error('bytes are left over');
  return value;
}

function read(b, cursor) {
  const kind = b[cursor.at++];
  const take = (size) => {
    if (cursor.at + size > b.length) throw new Error('truncated');
    cursor.at += size;
    return cursor.at - size;
  };
  const u32 = () => b.readUInt32LE(take(4));
  const slice = () => {
    const size = u32();
    const at = take(size);
    return b.subarray(at, at + size);
  };
  switch (kind) {
    case tag.null:
      return null;
    case tag.false:
      return false;
    case tag.true:
      return true;
    case tag.int: {
      const n = b.readBigInt64LE(take(8));
      if (n !== BigInt(Number(n)) || !Number.isSafeInteger(Number(n))) return new As('int', n);
      return Number(n);
    }
    case tag.bigint: {
      const negative = b[take(1)] === 1;
      const hex = Buffer.from(slice()).reverse().toString('hex');
      const magnitude = hex ? BigInt(`0x${hex}`) : 0n;
      return negative ? -magnitude : magnitude;
    }
    case tag.float: {
      const n = b.readDoubleLE(take(8));
      if (!Number.isSafeInteger(n)) return n;
      if (cursor.integralFloats) return new As('float', n);
      if (!Object.is(n, -0)) throw new Error(`${n} travels as a float`);
      return n;
    }
    case tag.string:
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(slice());
    case tag.bytes:
      return new Uint8Array(slice());
    case tag.list:
      return Array.from({ length: u32() }, () => read(b, cursor));
    case tag.map: {
      const entries = Array.from({ length: u32() }, () => [read(b, cursor), read(b, cursor)]);
      if (!entries.every(([key]) => typeof key === 'string')) return new Map(entries);
      const object = Object.create(null);
      for (const [key, value] of entries) object[key] = value;
      return object;
    }
    case tag.datetime:
      return { micros: b.readBigInt64LE(take(8)), offset: b.readInt16LE(take(2)) };
    default:
      throw new Error(`unknown tag ${kind}`);
  }
}
