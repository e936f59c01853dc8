# Calls under asyncio and from threads: cancellation, order, host functions, contexts, and an event loop that goes on.
from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar

import pytest

from wasm_sandbox import (
    ExecutionError,
    LifecycleError,
    ResourceLimitExceeded,
    SandboxError,
    WasmSandbox,
    execute,
    run,
    sync,
)  # fmt: skip

NAME: ContextVar[str] = ContextVar("name", default="nobody")


def test_a_cancelled_task_goes_on_when_the_guest_has_stopped() -> None:
    async def main() -> None:
        async with await WasmSandbox.python() as session:
            task = asyncio.ensure_future(session.run("while True: pass"))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            # Python 3.10 raises another one at the await, whose context is the guest's.
            stopped = caught.value if caught.value.__cause__ else caught.value.__context__
            assert stopped is not None and isinstance(stopped.__cause__, LifecycleError)
            await session.reset()
            assert (await session.run("1")).value == 1

    asyncio.run(main())


def test_whatever_waits_in_line_is_cancelled_at_once_and_nothing_is_lost() -> None:
    async def main() -> None:
        gate, began = asyncio.Event(), asyncio.Event()

        async def wait() -> int:
            began.set()
            await gate.wait()
            return 7

        async with await WasmSandbox.python(host={"wait": wait}) as session:
            await session.run("kept = 1")
            front = asyncio.ensure_future(session.run("wait()"))
            await began.wait()
            for begin in (session.reset, session.collect_garbage, session.snapshot, session.fork):
                waiting = asyncio.ensure_future(begin())
                await asyncio.sleep(0.02)
                waiting.cancel()
                await asyncio.wait([waiting], timeout=5)
                assert waiting.done()
                with pytest.raises(asyncio.CancelledError) as caught:
                    await waiting
                stopped = caught.value if caught.value.__cause__ else caught.value.__context__
                assert stopped is not None and isinstance(stopped.__cause__, LifecycleError)
                assert stopped.__cause__.code == "cancelled"
            assert not front.done()
            gate.set()
            assert (await front).value == 7
            assert (await session.run("kept + 1")).value == 2

    asyncio.run(main())


def test_one_of_many_is_cancelled() -> None:
    async def main() -> None:
        loops = [asyncio.ensure_future(run(python="while True: pass", limits={"wallTimeMs": 700})) for _ in range(8)]
        await asyncio.sleep(0.3)
        loops[3].cancel()
        done = await asyncio.gather(*loops, return_exceptions=True)
        assert isinstance(done.pop(3), asyncio.CancelledError)
        assert [one.code for one in done] == ["wall_timeout"] * 7  # type: ignore[union-attr]
        assert all(isinstance(one, TimeoutError) for one in done)

    asyncio.run(main())


def test_cancelled_while_it_opens_and_while_it_waits(state: str) -> None:
    async def main() -> None:
        opening = asyncio.ensure_future(WasmSandbox.from_file(state))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        async with await WasmSandbox.from_file(state) as sandbox:
            running = asyncio.ensure_future(sandbox.call("spin"))
            waiting = asyncio.ensure_future(sandbox.call("count"))
            await asyncio.sleep(0.05)
            waiting.cancel()
            began = time.perf_counter()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert time.perf_counter() - began < 1 and not running.done()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert await sandbox.call("count") == 1

    asyncio.run(main())


def test_the_event_loop_keeps_its_tick() -> None:
    async def main() -> list[float]:
        gaps: list[float] = []

        async def tick() -> None:
            while True:
                began = time.perf_counter()
                await asyncio.sleep(0.01)
                gaps.append(time.perf_counter() - began)

        ticking = asyncio.ensure_future(tick())
        await asyncio.gather(
            *[run(python="while True: pass", limits={"cpuTimeMs": 150}) for _ in range(8)], return_exceptions=True
        )
        ticking.cancel()
        return sorted(gaps)

    gaps = asyncio.run(main())
    assert len(gaps) > 10
    # Ten milliseconds of sleep, and what a busy machine takes on top.
    assert gaps[int(len(gaps) * 0.9)] < 0.05, gaps[-5:]


def test_answers_that_come_at_once_leave_the_event_loop_its_turns() -> None:
    async def main() -> tuple[int, int]:
        ticks = runs = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += 1

        ticking = asyncio.ensure_future(tick())
        until = time.perf_counter() + 0.5
        while time.perf_counter() < until:
            assert (await run(javascript="1+1")).value == 2
            runs += 1
        ticking.cancel()
        return ticks, runs

    ticks, runs = asyncio.run(main())
    # Every two milliseconds at the least, were the machine idle.
    assert ticks > 50 and runs > 50, (ticks, runs)


def test_host_functions_of_both_kinds_keep_the_context() -> None:
    threads: list[int] = []

    def plain() -> str:
        threads.append(threading.get_ident())
        return NAME.get()

    async def later() -> str:
        await asyncio.sleep(0.001)
        threads.append(threading.get_ident())
        return NAME.get()

    async def main() -> None:
        async with await WasmSandbox.python(host={"plain": plain, "later": later}) as session:

            async def one(name: str) -> None:
                NAME.set(name)
                result = await session.run("plain(), later()")
                assert result.value == [name, name]

            await asyncio.gather(*[one(f"task {n}") for n in range(10)])
        assert threads[0] != threading.get_ident() and threads[1] == threading.get_ident()

    asyncio.run(main())


def test_async_host_functions_without_an_event_loop() -> None:
    async def later(n: int) -> int:
        await asyncio.sleep(0.001)
        return n * 2

    assert sync.run(python="later(later(10))", host={"later": later}).value == 40
    assert not [one for one in threading.enumerate() if not one.daemon and one is not threading.main_thread()]


def test_what_a_host_function_raises() -> None:
    class Special(Exception): ...

    def fails() -> None:
        raise Special("nothing here")

    async def fails_later() -> None:
        raise Special("nothing there")

    for function in (fails, fails_later):
        result = sync.run(
            python="try:\n    f()\nexcept Exception as e:\n    x = [type(e).__name__, str(e)]\nx", host={"f": function}
        )
        assert result.value[1].startswith("nothing")
    with pytest.raises(ExecutionError) as caught:
        sync.run(python="f()", host={"f": fails})
    assert caught.value.code == "host_function_failed" and caught.value.details["type"] == "Special"


def test_a_host_function_that_calls_its_own_sandbox_is_refused() -> None:
    async def main() -> None:
        async def again() -> str:
            try:
                await session.run("1")
            except LifecycleError as error:
                return error.code
            return "no error"

        async def other() -> int:
            return (await run(python="6 * 7")).value

        session = await WasmSandbox.python(host={"again": again, "other": other})
        assert (await session.run("again(), other()")).value == ["busy", 42]
        await session.dispose()

    asyncio.run(main())

    def again() -> str:
        with pytest.raises(LifecycleError) as caught:
            session.run("1")
        return caught.value.code

    session = sync.WasmSandbox.python(host={"again": again})
    assert session.run("again()").value == "busy"
    session.dispose()


def test_listeners_are_told_on_the_event_loop() -> None:
    async def main() -> None:
        here, chunks, events = threading.get_ident(), list[tuple[int, bytes]](), list[str]()
        result = await run(
            python="print('one'); print('two')",
            policy={"version": 1, "audit": {"level": "all"}},
            on_stdout=lambda chunk: chunks.append((threading.get_ident(), chunk)),
            on_audit=lambda event: events.append(event.kind),
        )
        assert b"".join(chunk for _, chunk in chunks) == b"one\ntwo\n" == result.stdout_bytes
        assert {thread for thread, _ in chunks} == {here} and "call" in events

    asyncio.run(main())


def test_threads_run_in_parallel_and_keep_the_interpreter_free() -> None:
    def work() -> None:
        with pytest.raises(ResourceLimitExceeded):
            sync.run(python="while True: pass", limits={"wallTimeMs": 400})

    threads = [threading.Thread(target=work) for _ in range(6)]
    began = time.perf_counter()
    for one in threads:
        one.start()
    counted = 0
    while any(one.is_alive() for one in threads):
        counted += 1
        time.sleep(0.01)
    assert counted > 10 and time.perf_counter() - began < 4


def test_a_call_is_cancelled_from_another_thread(state: str) -> None:
    with sync.WasmSandbox.from_file(state) as sandbox:
        token = sync.CancelToken()
        threading.Timer(0.1, token.cancel).start()
        with pytest.raises(LifecycleError) as caught:
            sandbox.call("spin", cancel=token)
        assert caught.value.code == "cancelled" and token.cancelled
        assert sandbox.call("count") == 1
        # The same token cancels what it is given to later, however short that is.
        with pytest.raises(LifecycleError) as caught:
            sandbox.call("count", cancel=token)
        assert caught.value.code == "cancelled"
        assert sandbox.call("count") == 2


def test_failed_runs_keep_their_output_and_execute_tells_them() -> None:
    with pytest.raises(ExecutionError) as caught:
        sync.run(python="print('so far')\n1 / 0")
    assert caught.value.result is not None and caught.value.result.stdout == "so far\n"
    record = sync.execute(python="1 / 0")
    assert not record.success and isinstance(record.error, ExecutionError) and record.error.code == "guest_exception"
    assert asyncio.run(execute(python="2 + 2")).value == 4


def test_errors_pickle() -> None:
    import pickle

    with pytest.raises(SandboxError) as caught:
        sync.run(python="while True: pass", limits={"cpuTimeMs": 50})
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value) and again.code == "cpu_timeout" and again.details == caught.value.details
    assert isinstance(again, TimeoutError)
