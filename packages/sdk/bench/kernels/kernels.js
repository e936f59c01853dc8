// Kernels of the benchmarks, in JavaScript; kernels.py has the same. Each function is one pass and returns a number.
// biome-ignore-all lint/correctness/noUnusedVariables: what runs it calls them by name.
function nothing() {
  return 0;
}

function fib(n = 25) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

const records = Array.from({ length: 200 }, (_, i) => ({
  id: i,
  name: `item ${i}`,
  tags: ['a', 'b', String(i)],
  price: i * 0.25,
  ok: i % 2 === 0,
}));

function json_round_trips() {
  let length = 0;
  for (let i = 0; i < 10; i++) length += JSON.parse(JSON.stringify(records)).length;
  return length;
}

const two = (n) => String(n).padStart(2, '0');
const text = Array.from(
  { length: 500 },
  (_, i) => `user${i}@example${i % 7}.org wrote on 2026-${two((i % 12) + 1)}-${two((i % 28) + 1)},`,
).join(' ');

function regular_expressions() {
  let found = 0;
  for (const [, name, host] of text.matchAll(/([a-z0-9]+)@([a-z0-9]+)\.org/g)) {
    found += name.length + host.length;
  }
  return found + text.replace(/(\d{4})-(\d{2})-(\d{2})/g, '$3.$2.$1').length;
}

const start = [
  [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47841760435743],
  [4.84, -1.16, -0.1, 0.6, 2.81, -0.02, 0.0376],
  [8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.0112],
  [12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017],
  [15.37, -25.91, 0.17, 0.97, 0.59, -0.03, 0.002],
];

function nbody(steps = 500) {
  const bodies = start.map((body) => [...body]);
  const pairs = bodies.flatMap((a, i) => bodies.slice(i + 1).map((b) => [a, b]));
  for (let step = 0; step < steps; step++) {
    for (const [a, b] of pairs) {
      const [dx, dy, dz] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
      const square = dx * dx + dy * dy + dz * dz;
      const force = 0.001 / (square * Math.sqrt(square));
      const [fromB, fromA] = [b[6] * force, a[6] * force];
      a[3] -= dx * fromB;
      a[4] -= dy * fromB;
      a[5] -= dz * fromB;
      b[3] += dx * fromA;
      b[4] += dy * fromA;
      b[5] += dz * fromA;
    }
    for (const body of bodies) {
      body[0] += 0.001 * body[3];
      body[1] += 0.001 * body[4];
      body[2] += 0.001 * body[5];
    }
  }
  return bodies[0][0] + bodies[1][1];
}

class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }

  plus(other) {
    return new Point(this.x + other.x, this.y + other.y);
  }
}

function small_classes(count = 20000) {
  let total = new Point(0, 0);
  for (let i = 0; i < count; i++) total = total.plus(new Point(i, 1));
  return total.x + total.y;
}
