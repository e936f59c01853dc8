# The process around it: forks, the interpreter's end, sub-interpreters, and nothing that grows.
from __future__ import annotations

import gc
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import program
from wasm_sandbox.sync import WasmSandbox, run

FORK = """
import multiprocessing, os, threading
from wasm_sandbox import LifecycleError
from wasm_sandbox.sync import WasmSandbox, run

sandbox = WasmSandbox.from_file('calculator.wasm')
add = sandbox.prepare('add')
print(sandbox.call('add', [1, 2]), run(python='1').value)

def child(queue):
    codes = []
    for work in (lambda: sandbox.call('add', [1, 2]), lambda: add(1, 2), lambda: sandbox.exports()):
        try:
            work()
        except LifecycleError as error:
            codes.append(error.code)
    queue.put((codes, sandbox.disposed, run(python='20 + 22').value))
    sandbox.dispose()
    with WasmSandbox.from_file('calculator.wasm') as own:
        queue.put(own.call('add', [2, 3]))

context = multiprocessing.get_context('fork')
queue = context.Queue()
children = [context.Process(target=child, args=(queue,)) for _ in range(3)]
for one in children: one.start()
seen = [queue.get(timeout=30) for _ in range(6)]
for one in children: one.join(30)
print(sorted(map(str, seen)))
print([one.exitcode for one in children], sandbox.call('add', [4, 5]), add(6, 7))
"""


FAULTS = """
import ctypes, faulthandler
from wasm_sandbox import ResourceTimeout
from wasm_sandbox.sync import WasmSandbox, run

session = WasmSandbox.javascript(limits={'wallTimeMs': 50})
session.run('1 + 1')
faulthandler.enable()
for work in (lambda: session.run('for (;;);'), lambda: run(python='while True: pass', limits={'wallTimeMs': 50})):
    try:
        work()
    except ResourceTimeout as error:
        print(error.code, flush=True)
ctypes.string_at(0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="faults are no signals here")
def test_guests_are_stopped_behind_faulthandler_which_still_tells_of_crashes() -> None:
    done = program(FAULTS)
    assert done.stdout.split() == ["wall_timeout", "wall_timeout"], done.stderr
    assert done.returncode < 0 and "Fatal Python error: Segmentation fault" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork() -> None:
    done = program(FORK)
    assert done.returncode == 0, done.stderr
    inherited = "(['closed', 'closed', 'closed'], True, 42)"
    assert done.stdout.splitlines() == ["3 1", str(sorted([inherited] * 3 + ["5"] * 3)), "[0, 0, 0] 9 13"]


@pytest.mark.parametrize(
    "code",
    [
        "from wasm_sandbox.sync import WasmSandbox\ns = WasmSandbox.from_file('calculator.wasm')\n"
        "t = WasmSandbox.python()",
        "import asyncio\nfrom wasm_sandbox import run\n"
        "async def main():\n    asyncio.ensure_future(run(python='while True: pass'))\n    await asyncio.sleep(.3)\n"
        "asyncio.run(main())",
        "import threading, time\nfrom wasm_sandbox.sync import run\n"
        "threading.Thread(target=lambda: run(python='while True: pass'), daemon=True).start()\ntime.sleep(.5)",
        "import asyncio\nfrom wasm_sandbox import run\nloop = asyncio.new_event_loop()\n"
        "async def wait(): await asyncio.sleep(9)\n"
        "loop.create_task(run(python='f()', host={'f': wait}))\n"
        "loop.run_until_complete(asyncio.sleep(.3))",
    ],
    ids=["open", "task", "thread", "host-call"],
)
def test_the_interpreter_ends_quickly(code: str) -> None:
    began = time.perf_counter()
    done = program(code + "\nprint('end', flush=True)", timeout=20)
    assert done.returncode == 0 and done.stdout == "end\n", done.stderr
    assert "Fatal" not in done.stderr and time.perf_counter() - began < 6


def test_interrupted_from_the_keyboard() -> None:
    code = """
import signal, threading, os, time
from wasm_sandbox.sync import run
threading.Timer(.4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
began = time.perf_counter()
try:
    run(python='while True: pass')
except KeyboardInterrupt:
    print('interrupted', time.perf_counter() - began < 3)
"""
    assert program(code).stdout == "interrupted True\n"


SUBINTERPRETER = """
import wasm_sandbox
try:
    import _interpreters as sub
except ImportError:
    import _xxsubinterpreters as sub
id = sub.create()
code = '''
try:
    import wasm_sandbox
except ImportError as error:
    print('refused:', error, flush=True)
'''
print(sub.run_string(id, code), flush=True)
"""


def test_sub_interpreters_are_refused() -> None:
    done = program(SUBINTERPRETER)
    assert "refused: wasm_sandbox works in the main interpreter only" in done.stdout, done.stdout + done.stderr


def _kilobytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_rounds_leave_nothing_behind(calculator: str) -> None:
    """The full 10,000 rounds with WASM_SANDBOX_ROUNDS=10000."""
    module = Path(calculator).read_bytes()
    rounds = int(os.environ.get("WASM_SANDBOX_ROUNDS", "1500"))

    def some(count: int) -> None:
        for _ in range(count):
            with WasmSandbox.from_bytes(module, host={"f": lambda: 1}) as sandbox:
                assert sandbox.call("add", [1, 2]) == 3
                assert sandbox.prepare("add")(1, 2) == 3
        gc.collect()

    some(300)
    run(python="1")
    before, threads, files = _kilobytes(), threading.active_count(), len(os.listdir("/proc/self/fd"))
    some(rounds)
    # A fraction of what a leak of one page per round would be.
    assert _kilobytes() - before < 4 * rounds
    assert threading.active_count() == threads and len(os.listdir("/proc/self/fd")) <= files + 4
