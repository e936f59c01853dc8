# Many guests at once: each gets its time, cancelling one disturbs none, the event loop goes on, and a prefork server
# serves. Guests on few processors take turns, so all of this also holds while they are many more than processors.
from __future__ import annotations

import asyncio
import os
import threading
import time

import pytest

from conftest import GUESTS, program
from wasm_sandbox import LifecycleError, SandboxError, WasmSandbox, sync

MANY = 64
LIMITS = {"wallTimeMs": 1000, "cpuTimeMs": None}
# What the machine does beside this comes on top of the second: the best of a few rounds counts.
ROUNDS = 5
LATEST = 1.6
LATENESS = 0.02


class Ended:
    """How one call ended, and after how many seconds."""

    def __init__(self, error: BaseException, began: float) -> None:
        self.code = error.code if isinstance(error, SandboxError) else type(error).__name__
        self.took = time.perf_counter() - began
        usage = error.result.usage if isinstance(error, SandboxError) and error.result is not None else None
        self.wall_ms = usage.wall_time_ms if usage is not None else 0


def judge(ends: list[Ended], cancelled: str) -> float:
    """Each got its second, the cancelled one did not need it; answers when the last one was over."""
    assert ends[0].code == cancelled and ends[0].took >= 0.199, ends[0].took
    for one in ends[1:]:
        assert one.code == "wall_timeout" and one.took >= 1.0 and one.wall_ms >= 1000, (one.code, one.took)
    return max(one.took for one in ends)


async def from_asyncio() -> tuple[float, float]:
    module = (GUESTS / "state.wasm").read_bytes()
    sandboxes = await asyncio.gather(*[WasmSandbox.from_bytes(module, limits=LIMITS) for _ in range(MANY)])
    late: list[float] = []

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            late.append(time.perf_counter() - began - 0.01)

    async def spin(sandbox: WasmSandbox) -> Ended:
        try:
            await sandbox.call("spin")
        except (SandboxError, asyncio.CancelledError) as error:
            return Ended(error, began)
        raise AssertionError("an endless loop has ended")

    ticking, began = asyncio.ensure_future(tick()), time.perf_counter()
    tasks = [asyncio.ensure_future(spin(sandbox)) for sandbox in sandboxes]
    await asyncio.sleep(0.2)
    tasks[0].cancel()
    last = judge(await asyncio.gather(*tasks), "CancelledError")
    ticking.cancel()
    await asyncio.gather(*[sandbox.dispose() for sandbox in sandboxes])
    return last, max(late)


def test_64_endless_loops_get_their_second_while_the_event_loop_ticks() -> None:
    rounds: list[tuple[float, float]] = []
    while len(rounds) < ROUNDS:
        rounds.append(asyncio.run(from_asyncio()))
        if min(last for last, _ in rounds) <= LATEST and min(late for _, late in rounds) < LATENESS:
            return
    raise AssertionError(f"(last end, worst lateness) of {len(rounds)} rounds: {rounds}")


def from_threads() -> float:
    module = (GUESTS / "state.wasm").read_bytes()
    sandboxes = [sync.WasmSandbox.from_bytes(module, limits=LIMITS) for _ in range(MANY)]
    ends: dict[int, Ended] = {}
    token, start = sync.CancelToken(), threading.Barrier(MANY + 1)

    def spin(index: int, sandbox: sync.WasmSandbox) -> None:
        start.wait()
        began = time.perf_counter()
        try:
            sandbox.call("spin", cancel=token if index == 0 else None)
        except SandboxError as error:
            # The cancelled one may have come to its start late: it is cancelled so long after all were let go.
            ends[index] = Ended(error, let_go if index == 0 else began)

    threads = [threading.Thread(target=spin, args=given) for given in enumerate(sandboxes)]
    for one in threads:
        one.start()
    let_go = time.perf_counter()
    start.wait()
    time.sleep(0.21)
    token.cancel()
    for one in threads:
        one.join()
    for sandbox in sandboxes:
        sandbox.dispose()
    return judge([ends[index] for index in range(MANY)], "cancelled")


def test_64_endless_loops_get_their_second_from_threads() -> None:
    lasts: list[float] = []
    while len(lasts) < ROUNDS:
        lasts.append(from_threads())
        if lasts[-1] <= LATEST:
            return
    raise AssertionError(f"the last of {MANY} ended after {lasts} seconds")


def test_a_cancelled_one_of_many_ends_at_once_and_its_sandbox_goes_on() -> None:
    async def main() -> None:
        module = (GUESTS / "state.wasm").read_bytes()
        sandboxes = await asyncio.gather(*[WasmSandbox.from_bytes(module, limits=LIMITS) for _ in range(MANY)])
        tasks = [asyncio.ensure_future(sandbox.call("spin")) for sandbox in sandboxes]
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        tasks[7].cancel()
        await asyncio.wait([tasks[7]])
        assert time.perf_counter() - began < 0.5 and not any(task.done() for task in tasks if task is not tasks[7])
        assert await sandboxes[7].call("count") == 1
        await asyncio.gather(*[sandbox.dispose() for sandbox in sandboxes])
        for index, task in enumerate(tasks):
            with pytest.raises(asyncio.CancelledError if index == 7 else LifecycleError):
                await task

    asyncio.run(main())


SERVER = """
import os, socket, sys, threading
from wasm_sandbox import LifecycleError
from wasm_sandbox.sync import WasmSandbox, run

# The parent uses sandboxes before it forks, and has calls under way while it does.
warm = WasmSandbox.from_file('calculator.wasm')
session = WasmSandbox.python()
session.run('n = 1')
spinning = threading.Thread(target=lambda: run(python='while True: pass', timeout=1.5, policy='moderate'))
threading.excepthook = lambda *_: None
spinning.start()

listening = socket.create_server(('127.0.0.1', 0))
address = listening.getsockname()

def serve():
    inherited = []
    for use in (lambda: warm.call('add', [1, 2]), lambda: session.run('n')):
        try:
            use()
        except LifecycleError as error:
            inherited.append(error.code)
    assert inherited == ['closed', 'closed'], inherited
    with WasmSandbox.from_file('calculator.wasm') as own, WasmSandbox.python() as interpreter:
        while True:
            connection, _ = listening.accept()
            with connection:
                asked = connection.recv(100).decode()
                if asked == 'stop':
                    return
                answer = own.call('add', [int(asked), interpreter.run(asked + ' * 2').value])
                connection.sendall(f'{os.getpid()} {answer}'.encode())

workers = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            serve()
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    workers.append(pid)

def ask(text):
    with socket.create_connection(address) as connection:
        connection.sendall(text.encode())
        return connection.recv(100).decode()

served, answers = set(), set()
for n in range(200):
    pid, answer = ask(str(n)).split()
    served.add(int(pid))
    answers.add((n, int(answer)))
    # Meanwhile the parent goes on with its own.
    assert warm.call('add', [n, 1]) == n + 1
print(answers == {(n, 3 * n) for n in range(200)}, served <= set(workers), session.run('n + 1').value)
for _ in workers:
    ask('stop')
print([os.waitpid(pid, 0)[1] for pid in workers], run(javascript='6 * 7').value)
spinning.join()
warm.dispose()
session.dispose()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_prefork_server() -> None:
    done = program(SERVER)
    assert done.returncode == 0 and done.stdout == "True True 2\n[0, 0] 42\n", done.stderr
