// Owns the modules of these tests, by what they do. Instructions are given in hexadecimal with their
// names beside them.
import { assemble, type Func, signed } from './wasm.js';

const binary = (name: string, type: 'i32' | 'i64' | 'f64', opcode: number): Func => ({
  name,
  params: [type, type],
  results: [type],
  body: [0x20, 0, 0x20, 1, opcode], // local.get 0, local.get 1, the operation
});
const forever = [0x03, 0x40, 0x0c, 0, 0x0b]; // loop, br 0, end

/** Arithmetic of every type, and a function with two results. */
export const calculator = assemble({
  funcs: [
    binary('add', 'i32', 0x6a),
    binary('subtract', 'i32', 0x6b),
    binary('multiply', 'i32', 0x6c),
    binary('divide', 'i32', 0x6d),
    binary('add64', 'i64', 0x7c),
    binary('addf', 'f64', 0xa0),
    { name: 'swap', params: ['i32', 'i64'], results: ['i64', 'i32'], body: [0x20, 1, 0x20, 0] },
    { name: 'nothing', body: [] },
  ],
});

/** Everything that goes wrong, and a state to lose. */
export const trouble = assemble({
  memory: [1, 65_536],
  globals: [0],
  funcs: [
    { name: 'spin', body: forever },
    { name: 'trap', body: [0x00] }, // unreachable
    { name: 'grow', params: ['i32'], results: ['i32'], body: [0x20, 0, 0x40, 0] }, // memory.grow
    { name: 'recurse', body: [0x10, 3] }, // call itself
    { name: 'set_state', params: ['i32'], body: [0x20, 0, 0x24, 0] }, // global.set 0
    { name: 'get_state', results: ['i32'], body: [0x23, 0] }, // global.get 0
    {
      // Grows until it is refused, then traps.
      name: 'bomb',
      body: [0x03, 0x40, 0x41, 1, 0x40, 0, 0x41, ...signed(-1), 0x47, 0x0d, 0, 0x0b, 0x00],
    },
  ],
});

/** Never gets past its own start function. */
export const startsForever = assemble({
  funcs: [{ name: 'f', body: [] }, { body: forever }],
  start: 1,
});

/** Wants what nobody offers. */
export const strangeImport = assemble({
  imports: [{ module: 'nowhere', name: 'nothing' }],
  funcs: [{ name: 'f', body: [] }],
});

/** An opaque guest for everything about time. */
export const loop = assemble({ funcs: [{ name: 'spin', body: forever }] });
