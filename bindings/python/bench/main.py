# Measures the Python package beside plain Python and wasmtime-py: `npm run bench`, or `node bench/main.mjs python` in
# packages/sdk. What is compared runs in turns, in one process; ratios are to the first line of a table, because times
# on a shared machine drift. Nothing here is a test.
from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from timeit import Timer

import wasmtime

import wasm_sandbox
from wasm_sandbox.sync import WasmSandbox, run

GUESTS = Path(__file__).parents[3] / "fixtures" / "guests"
MEBIBYTE = os.urandom(1 << 20)
# What takes nanoseconds is a Timer, so that no call of a lambda is measured with it.
Case = tuple[str, "Callable[[], object] | Timer"]


def compare(title: str, rounds: int, times: int, cases: list[Case]) -> None:
    """Many calls at once, the cases in turns."""
    taken: list[list[float]] = [[] for _ in cases]
    for number in range(rounds + 1):
        for one, (_, work) in zip(taken, cases):
            began = time.perf_counter_ns()
            if isinstance(work, Timer):
                work.timeit(times)
            else:
                for _ in range(times):
                    work()
            # The first round warms up.
            if number > 0:
                one.append((time.perf_counter_ns() - began) / times)
    table(f"{title} ({rounds} rounds of {times})", [name for name, _ in cases], taken)


async def compare_async(title: str, rounds: int, cases: list[tuple[str, Callable[[], Awaitable[object]]]]) -> None:
    """Single awaited calls, the cases in turns."""
    taken: list[list[float]] = [[] for _ in cases]
    for number in range(-20, rounds):
        for one, (_, work) in zip(taken, cases):
            began = time.perf_counter_ns()
            await work()
            if number >= 0:
                one.append(time.perf_counter_ns() - began)
    table(f"{title} ({rounds} calls each)", [name for name, _ in cases], taken)


def table(title: str, names: list[str], taken: list[list[float]]) -> None:
    print(f"\n{title}\n  {'':46} {'min':>10} {'median':>10}   ratio: min median")
    first = sorted(taken[0])
    for name, times in zip(names, taken):
        times.sort()
        low, middle = times[0], times[len(times) // 2]
        beside = f"{low / first[0]:9.2f} {middle / first[len(first) // 2]:9.2f}"
        print(f"  {name:46} {shown(low):>10} {shown(middle):>10} {beside}", flush=True)


def shown(ns: float) -> str:
    value, unit = (ns, "ns") if ns < 1e3 else (ns / 1e3, "us") if ns < 1e6 else (ns / 1e6, "ms")
    return f"{value:.2f} {unit}"


def theirs(module: bytes) -> tuple[object, wasmtime.Store]:
    """`add` of wasmtime-py. Calls that cannot be stopped are no sandbox: it is asked for the same."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    store.set_epoch_deadline(1 << 40)
    exports = wasmtime.Instance(store, wasmtime.Module(engine, module), []).exports(store)
    return exports["add"], store


def numbers() -> None:
    module = (GUESTS / "calculator.wasm").read_bytes()
    with WasmSandbox.from_bytes(module) as sandbox:
        ours, (peer, store) = sandbox.prepare("add"), theirs(module)

        def plain(a: int, b: int) -> int:
            return a + b

        def timer(add: Callable[..., object]) -> Timer:
            return Timer("add(5, 3)", globals={"add": add})

        cases: list[Case] = [
            ("prepared call", timer(ours)),
            ("a plain Python function", timer(plain)),
            ("sandbox.call", lambda: sandbox.call("add", [5, 3])),
            (f"wasmtime-py {version('wasmtime')}", Timer("add(store, 5, 3)", globals={"add": peer, "store": store})),
        ]
        compare("A numeric call, add(5, 3)", 60, 3000, cases)


def runs() -> None:
    with WasmSandbox.python() as python, WasmSandbox.javascript() as javascript:
        cases: list[Case] = [
            ("session.run('1 + 1'), Python", lambda: python.run("1 + 1")),
            ("session.run('1 + 1'), JavaScript", lambda: javascript.run("1 + 1")),
            ("run(python='pass')", lambda: run(python="pass")),
            ("run(javascript='1 + 1')", lambda: run(javascript="1 + 1")),
        ]
        compare("Sessions and runs, synchronous", 200, 1, cases)

    async def main() -> None:
        async with await wasm_sandbox.WasmSandbox.python() as session:
            await compare_async(
                "The same under asyncio",
                200,
                [
                    ("session.run('1 + 1'), Python", lambda: session.run("1 + 1")),
                    ("run(python='pass')", lambda: wasm_sandbox.run(python="pass")),
                    ("run(javascript='1 + 1')", lambda: wasm_sandbox.run(javascript="1 + 1")),
                ],
            )

    asyncio.run(main())


def bytes_in_and_out() -> None:
    plugin = (GUESTS / "plugin.wasm").read_bytes()
    with WasmSandbox.python() as session, WasmSandbox.from_bytes(plugin) as module:
        session.run("def echo(data): return data\ndef size(data): return len(data)")
        session.run(f"def made(): return kept\nkept = bytes({len(MEBIBYTE)})")
        assert session.call("echo", [MEBIBYTE]) == MEBIBYTE == module.call("echo", [MEBIBYTE])
        cases: list[Case] = [
            ("one copy in Python: bytearray(bytes)", lambda: bytearray(MEBIBYTE)),
            ("session: nothing in and out", lambda: session.call("size", [b""])),
            ("session: in", lambda: session.call("size", [MEBIBYTE])),
            ("session: out", lambda: session.call("made")),
            ("session: in and out", lambda: session.call("echo", [MEBIBYTE])),
            ("plug-in: in and out", lambda: module.call("echo", [MEBIBYTE])),
        ]
        compare("One mebibyte of bytes", 200, 5, cases)


def resident() -> float:
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def rounds(count: int = 10_000) -> None:
    module = (GUESTS / "calculator.wasm").read_bytes()

    def one() -> None:
        with WasmSandbox.from_bytes(module) as sandbox:
            sandbox.call("add", [1, 2])

    for _ in range(1000):
        one()
    before, began = resident(), time.perf_counter_ns()
    for _ in range(count):
        one()
    took = shown((time.perf_counter_ns() - began) / count)
    print(
        f"\n{count} rounds of create, call, close: {took} each, resident {resident() - before:+.1f} MB of {before:.0f}"
    )


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}")
    numbers()
    runs()
    bytes_in_and_out()
    rounds()
