// Owns an assembler just large enough for the modules that these tests call, so that each test shows
// the guest it runs. Modules that other languages test too are in fixtures/guests.

const [i32, i64, f64] = [0x7f, 0x7e, 0x7c];
const types = { i32, i64, f64 } as const;
type Type = keyof typeof types;

/** One function; `body` is code without its final end. */
export interface Func {
  name?: string;
  params?: Type[];
  results?: Type[];
  body: number[];
}

export interface Shape {
  imports?: { module: string; name: string; params?: Type[]; results?: Type[] }[];
  funcs: Func[];
  /** Pages at first and at most. */
  memory?: [number, number];
  /** Initial values of mutable i32 globals. */
  globals?: number[];
  /** Index of the start function, imports counted. */
  start?: number;
}

/** The module in binary form. */
export function assemble(shape: Shape): Uint8Array {
  const imports = shape.imports ?? [];
  const signature = (f: { params?: Type[]; results?: Type[] }) => [
    0x60,
    ...vector((f.params ?? []).map((t) => [types[t]])),
    ...vector((f.results ?? []).map((t) => [types[t]])),
  ];
  const all = [...imports, ...shape.funcs];
  const exports = shape.funcs.flatMap((f, i) =>
    f.name === undefined ? [] : [[...text(f.name), 0, ...leb(imports.length + i)]],
  );
  if (shape.memory) exports.push([...text('memory'), 2, 0]);
  const limits = shape.memory ? [[1, ...leb(shape.memory[0]), ...leb(shape.memory[1])]] : [];
  const globals = (shape.globals ?? []).map((n) => [i32, 1, 0x41, ...signed(n), 0x0b]);
  const codes = shape.funcs.map((f) => {
    const body = [0, ...f.body, 0x0b];
    return [...leb(body.length), ...body];
  });
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, all.map(signature)),
    ...section(
      2,
      imports.map((f, i) => [...text(f.module), ...text(f.name), 0, ...leb(i)]),
    ),
    ...section(
      3,
      shape.funcs.map((_, i) => leb(imports.length + i)),
    ),
    ...section(5, limits),
    ...section(6, globals),
    ...section(7, exports),
    ...(shape.start === undefined ? [] : [8, 1, ...leb(shape.start)]),
    ...section(10, codes),
  ]);
}

/** An unsigned number. */
export function leb(n: number): number[] {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)];
}

/** A signed number. */
export function signed(n: number): number[] {
  const [low, rest] = [n & 0x7f, n >> 7];
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}

const text = (name: string) => [...leb(Buffer.byteLength(name)), ...Buffer.from(name)];
const vector = (items: number[][]) => [...leb(items.length), ...items.flat()];
function section(id: number, items: number[][]): number[] {
  if (items.length === 0) return [];
  const content = vector(items);
  return [id, ...leb(content.length), ...content];
}
