// Owns reading a WebAssembly binary as far as the check needs it: sections, and the instructions that
// C compilers write. An instruction it does not know is an error, so that nothing slips through.

const codeSection = 10;

class Cursor {
  constructor(bytes, at = 0, end = bytes.length) {
    Object.assign(this, { bytes, at, end });
  }

  byte() {
    return this.bytes[this.at++];
  }

  leb() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  skip(count) {
    for (let i = 0; i < count; i++) this.leb();
  }
}

/** Section number to its content; custom sections are left out. */
export function sections(bytes) {
  const found = new Map();
  const cursor = new Cursor(bytes, 8);
  while (cursor.at < cursor.end) {
    const id = cursor.byte();
    const size = cursor.leb();
    if (id !== 0) found.set(id, bytes.subarray(cursor.at, cursor.at + size));
    cursor.at += size;
  }
  return found;
}

/** Instructions in use that the check may object to, each with the number of its places. */
export function instructions(bytes) {
  const used = new Map();
  const cursor = new Cursor(sections(bytes).get(codeSection));
  for (let left = cursor.leb(); left > 0; left--) {
    const size = cursor.leb();
    body(new Cursor(cursor.bytes, cursor.at, cursor.at + size), used);
    cursor.at += size;
  }
  return used;
}

const note = (used, name) => used.set(name, (used.get(name) ?? 0) + 1);

function body(cursor, used) {
  for (let groups = cursor.leb(); groups > 0; groups--) cursor.skip(2);
  while (cursor.at < cursor.end) instruction(cursor, used);
}

function instruction(cursor, used) {
  const op = cursor.byte();
  if (op >= 0x02 && op <= 0x04) return cursor.leb(); // block, loop, if: a type
  if (op === 0x0c || op === 0x0d || op === 0x10) return cursor.leb(); // br, br_if, call
  if (op === 0x0e) return cursor.skip(cursor.leb() + 1); // br_table
  if (op === 0x11) return cursor.skip(2); // call_indirect
  if (op >= 0x20 && op <= 0x24) return cursor.leb(); // locals and globals
  if (op >= 0x28 && op <= 0x3e) return cursor.skip(2); // loads and stores
  if (op === 0x3f || op === 0x41 || op === 0x42) return cursor.leb(); // memory.size, i32, i64
  if (op === 0x40) {
    note(used, 'memory.grow');
    return cursor.leb();
  }
  if (op === 0x43)
    cursor.at += 4; // f32
  else if (op === 0x44)
    cursor.at += 8; // f64
  else if (op === 0x25 || op === 0x26) {
    note(used, op === 0x25 ? 'table.get' : 'table.set');
    cursor.leb();
  } else if (op === 0xfc) prefixed(cursor, used);
  else if (!isPlain(op)) throw new Error(`unknown instruction 0x${op.toString(16)} in the module`);
}

/** No operands: control, drop, select, comparisons, arithmetic, conversions, sign extension. */
const isPlain = (op) =>
  op <= 0x01 ||
  op === 0x05 ||
  op === 0x0b ||
  op === 0x0f ||
  op === 0x1a ||
  op === 0x1b ||
  (op >= 0x45 && op <= 0xc4);

const bulk = {
  8: ['memory.init', 2],
  9: ['data.drop', 1],
  10: ['memory.copy', 2],
  11: ['memory.fill', 1],
  12: ['table.init', 2],
  13: ['elem.drop', 1],
  14: ['table.copy', 2],
  15: ['table.grow', 1],
  16: ['table.size', 1],
  17: ['table.fill', 1],
};

function prefixed(cursor, used) {
  const op = cursor.leb();
  if (op < 8) return; // conversions that do not trap
  if (!bulk[op]) throw new Error(`unknown instruction 0xfc ${op} in the module`);
  const [name, operands] = bulk[op];
  note(used, name);
  cursor.skip(operands);
}
