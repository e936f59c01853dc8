# Kernels of the benchmarks, in Python; kernels.js has the same. Each function is one pass and returns a number.
import json
import re


def nothing():
    return 0


def fib(n=25):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


RECORDS = [
    {'id': i, 'name': f'item {i}', 'tags': ['a', 'b', str(i)], 'price': i * 0.25, 'ok': i % 2 == 0}
    for i in range(200)
]


def json_round_trips():
    length = 0
    for _ in range(10):
        length += len(json.loads(json.dumps(RECORDS)))
    return length


TEXT = ' '.join(f'user{i}@example{i % 7}.org wrote on 2026-{i % 12 + 1:02}-{i % 28 + 1:02},' for i in range(500))
ADDRESS = re.compile(r'([a-z0-9]+)@([a-z0-9]+)\.org')
DATE = re.compile(r'(\d{4})-(\d{2})-(\d{2})')


def regular_expressions():
    found = 0
    for name, host in ADDRESS.findall(TEXT):
        found += len(name) + len(host)
    return found + len(DATE.sub(r'\3.\2.\1', TEXT))


BODIES = [
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47841760435743],
    [4.84, -1.16, -0.10, 0.60, 2.81, -0.02, 0.0376],
    [8.34, 4.12, -0.40, -1.01, 1.82, 0.008, 0.0112],
    [12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017],
    [15.37, -25.91, 0.17, 0.97, 0.59, -0.03, 0.0020],
]


def nbody(steps=500):
    bodies = [list(body) for body in BODIES]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
    for _ in range(steps):
        for a, b in pairs:
            dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
            square = dx * dx + dy * dy + dz * dz
            force = 0.001 / (square * square**0.5)
            from_b, from_a = b[6] * force, a[6] * force
            a[3] -= dx * from_b
            a[4] -= dy * from_b
            a[5] -= dz * from_b
            b[3] += dx * from_a
            b[4] += dy * from_a
            b[5] += dz * from_a
        for body in bodies:
            body[0] += 0.001 * body[3]
            body[1] += 0.001 * body[4]
            body[2] += 0.001 * body[5]
    return bodies[0][0] + bodies[1][1]


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def plus(self, other):
        return Point(self.x + other.x, self.y + other.y)


def small_classes(count=20000):
    total = Point(0, 0)
    for i in range(count):
        total = total.plus(Point(i, 1))
    return total.x + total.y
