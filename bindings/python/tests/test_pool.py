# SandboxPool, for asyncio and for threads: who gets which sandbox, that each comes clean, and that none is ever lost.
from __future__ import annotations

import asyncio
import gc
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import program
from wasm_sandbox import LifecycleError, PoolStats, SandboxPool, UsageError, sync


def stats(pool: Any) -> tuple[int, int, int, int]:
    now = pool.stats
    return now.size, now.idle, now.lent, now.waiting


def test_one_that_nobody_has_any_more_goes_back(state: str) -> None:
    async def main() -> None:
        async with SandboxPool(state, max_size=1) as pool:
            assert await (await pool.acquire()).call("count") == 1
            gc.collect()
            # A prepared export keeps what it is of.
            count = (await pool.acquire()).prepare("count")
            gc.collect()
            assert [count(), count()] == [1, 2] and stats(pool) == (1, 0, 1, 0)
            del count
            gc.collect()
            async with pool.acquire() as sandbox:
                assert await sandbox.call("count") == 1
            assert pool.stats.opened == 1

    asyncio.run(main())


async def until(what: Any) -> None:
    for _ in range(500):
        if what():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def test_lent_ones_come_back_reset(state: str) -> None:
    async def main() -> None:
        async with SandboxPool(state, min_size=2, max_size=3) as pool:
            assert pool.stats == PoolStats(size=2, idle=2, lent=0, waiting=0, opened=2)
            async with pool.acquire() as sandbox:
                assert [await sandbox.call("count") for _ in range(3)] == [1, 2, 3]
                assert stats(pool) == (2, 1, 1, 0)
            assert stats(pool) == (2, 2, 0, 0)
            again = await pool.acquire()
            assert await again.call("count") == 1 and pool.stats.opened == 2
            # Who has given one back has it no more, whoever has it now.
            with pytest.raises(LifecycleError) as caught:
                await sandbox.call("count")
            assert caught.value.code == "closed" and sandbox.disposed
            await sandbox.dispose()
            assert await again.call("count") == 2
            await pool.release(again)
            # The way of an ordinary sandbox gives it back as well.
            async with await pool.acquire() as same:
                assert await same.call("count") == 1
            assert same.disposed and stats(pool) == (2, 2, 0, 0) and pool.stats.opened == 2
            kept = [await pool.acquire() for _ in range(3)]
            assert len({id(one) for one in kept}) == 3 and pool.stats.opened == 3
            await asyncio.gather(*[pool.release(one) for one in kept])
        assert all(one.disposed for one in kept)

    asyncio.run(main())


def test_sessions_forget_their_users() -> None:
    async def main() -> None:
        async with SandboxPool(language="python", max_size=1, limits={"wallTimeMs": 400}) as pool:
            async with pool.acquire() as session:
                await session.run("secret = 42")
            async with pool.acquire() as session:
                assert not (await session.run("'secret' in globals()")).value
                # What a limit cut off is closed until it is reset.
                with pytest.raises(TimeoutError):
                    await session.run("while True: pass")
            async with pool.acquire() as session:
                assert (await session.run("1 + 1")).value == 2
            assert pool.stats.opened == 1

    asyncio.run(main())


def test_one_that_died_is_replaced(state: str) -> None:
    async def main() -> None:
        async with SandboxPool(state, max_size=1) as pool:
            async with pool.acquire() as dead:
                await dead.dispose()
            assert stats(pool) == (0, 0, 0, 0)
            async with pool.acquire() as sandbox:
                waiting = asyncio.ensure_future(pool.acquire())
                await until(lambda: pool.stats.waiting == 1)
                await sandbox.dispose()
            other = await waiting
            assert other is not sandbox and await other.call("count") == 1 and stats(pool) == (1, 0, 1, 0)
            await pool.release(other)
            assert stats(pool) == (1, 1, 0, 0) and pool.stats.opened == 3

    asyncio.run(main())


def test_waiting_is_busy_in_the_end_and_first_come_first_served(state: str) -> None:
    async def main() -> None:
        async with SandboxPool(state, max_size=1, acquire_timeout=0.1) as pool:
            sandbox = await pool.acquire()
            began = time.perf_counter()
            with pytest.raises(LifecycleError) as caught:
                await pool.acquire()
            assert time.perf_counter() - began >= 0.09 and caught.value.code == "busy"
            assert caught.value.details == {"field": "acquireTimeoutMs", "limit": 100} and stats(pool) == (1, 0, 1, 0)
            await pool.release(sandbox)
        async with SandboxPool(state, max_size=1) as pool:
            served: list[int] = []

            async def one(number: int) -> None:
                async with pool.acquire() as sandbox:
                    served.append(number)
                    assert await sandbox.call("count") == 1

            await asyncio.gather(*[one(number) for number in range(20)])
            assert served == list(range(20)) and stats(pool) == (1, 1, 0, 0)

    asyncio.run(main())


def never_at_once(_chunk: bytes) -> None:
    """Where somebody listens, no answer is given before the event loop had its turn."""


def test_cancelled_callers_lose_nothing(state: str) -> None:
    async def main() -> None:
        async with SandboxPool(state, max_size=2) as pool:
            first, second = await pool.acquire(), await pool.acquire()
            tasks = [asyncio.ensure_future(pool.acquire()) for _ in range(6)]
            await until(lambda: pool.stats.waiting == 6)
            tasks[0].cancel()
            await asyncio.sleep(0)
            # Each is cancelled in the moment in which it is given one, which goes to the next in line.
            for sandbox, task in ((first, tasks[1]), (second, tasks[2])):
                pool._now("SandboxPool.release", {"number": sandbox._now("loan", {})})
                task.cancel()
            assert stats(pool) == (2, 0, 2, 3)
            for task in tasks[:3]:
                with pytest.raises(asyncio.CancelledError):
                    await task
            for task in tasks[3:]:
                await pool.release(await task)
            assert stats(pool) == (2, 2, 0, 0)
            opening = asyncio.ensure_future(SandboxPool(state, on_stdout=never_at_once).acquire())
            await asyncio.sleep(0)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
        pool = SandboxPool(state, max_size=1, on_stdout=never_at_once)
        opening = asyncio.ensure_future(pool.acquire())
        await asyncio.sleep(0)
        waiting = asyncio.ensure_future(pool.acquire())
        await asyncio.sleep(0)
        opening.cancel()
        assert await (await waiting).call("count") == 1 and stats(pool) == (1, 0, 1, 0)
        await pool.dispose()

    asyncio.run(main())


def test_one_that_still_runs_is_closed_when_it_comes_back(state: str) -> None:
    async def main() -> None:
        async with SandboxPool(state, max_size=1) as pool:
            async with pool.acquire() as sandbox:
                running = asyncio.ensure_future(sandbox.call("spin"))
                await asyncio.sleep(0.05)
            with pytest.raises(LifecycleError) as caught:
                await running
            assert caught.value.code == "closed" and sandbox.disposed and stats(pool) == (0, 0, 0, 0)
            # A release that is cancelled keeps the place, whatever becomes of its sandbox.
            releasing = asyncio.ensure_future(pool.release(await pool.acquire()))
            await asyncio.sleep(0)
            releasing.cancel()
            await asyncio.wait([releasing])
            assert stats(pool)[1:] in ((0, 0, 0), (1, 0, 0))
            async with pool.acquire() as other:
                assert await other.call("count") == 1

    asyncio.run(main())


def test_dispose_reaches_lent_ones_and_whoever_waits(state: str) -> None:
    async def main() -> None:
        pool = SandboxPool(state, max_size=2)
        lent = [await pool.acquire(), await pool.acquire()]
        running = asyncio.ensure_future(lent[0].call("spin"))
        waiting = [asyncio.ensure_future(pool.acquire()) for _ in range(3)]
        await until(lambda: pool.stats.waiting == 3)
        await pool.dispose()
        for task in [running, *waiting]:
            with pytest.raises(LifecycleError) as caught:
                await task
            assert caught.value.code == "closed"
        assert all(one.disposed for one in lent) and stats(pool) == (0, 0, 0, 0)
        with pytest.raises(LifecycleError):
            await pool.acquire()
        # Whoever had one gives it back without knowing.
        await pool.release(lent[0])
        await pool.dispose()
        with pytest.raises(LifecycleError):
            await pool.initialize() or await pool.acquire()
        late = SandboxPool(state, on_stdout=never_at_once)
        opening = asyncio.ensure_future(late.acquire())
        await asyncio.sleep(0)
        await late.dispose()
        with pytest.raises(LifecycleError):
            await opening

    asyncio.run(main())


def test_idle_ones_go_after_a_while(state: str) -> None:
    async def main() -> None:
        async with SandboxPool(state, min_size=1, max_size=4, idle_timeout=0.2) as pool:
            lent = [await pool.acquire() for _ in range(4)]
            for one in lent:
                await pool.release(one)
            assert stats(pool) == (4, 4, 0, 0)
            await until(lambda: pool.stats.size == 1)
            await asyncio.sleep(0.3)
            assert stats(pool) == (1, 1, 0, 0)

    asyncio.run(main())


def test_one_pool_for_several_event_loops_and_threads(state: str) -> None:
    pool = SandboxPool(state, max_size=3)
    counts: list[int] = []

    async def use() -> None:
        async with pool.acquire() as sandbox:
            counts.append(await sandbox.call("count"))

    async def many() -> None:
        await asyncio.gather(*[use() for _ in range(25)])

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counts == [1] * 100 and stats(pool)[2:] == (0, 0) and pool.stats.opened <= 3

    # A loop that is closed while one of its tasks waits does not swallow what that one would have been given.
    async def held() -> None:
        lent = [await pool.acquire() for _ in range(3)]
        loop = asyncio.new_event_loop()
        gone = asyncio.ensure_future(pool.acquire(), loop=loop)
        await asyncio.to_thread(loop.run_until_complete, asyncio.sleep(0.05))
        loop.close()
        assert pool.stats.waiting == 1
        for one in lent:
            await pool.release(one)
        assert stats(pool) == (3, 3, 0, 0)
        gone._log_destroy_pending = False  # type: ignore[attr-defined]
        del gone
        gc.collect()
        assert stats(pool) == (3, 3, 0, 0)
        await pool.dispose()

    asyncio.run(held())


def test_threads_share_one(state: str) -> None:
    counts: list[int] = []
    with sync.SandboxPool(state, max_size=3, idle_timeout=30) as pool:

        def use() -> None:
            for _ in range(20):
                with pool.acquire() as sandbox:
                    counts.append(sandbox.call("count"))

        threads = [threading.Thread(target=use) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert counts == [1] * 160 and pool.stats.opened <= 3 and stats(pool)[2:] == (0, 0)
        lent = [pool.acquire() for _ in range(3)]
        codes: list[str] = []
        taken: list[Any] = []

        def wait() -> None:
            try:
                taken.append(pool.acquire())
            except LifecycleError as error:
                codes.append(error.code)

        waiting = [threading.Thread(target=wait) for _ in range(2)]
        for one in waiting:
            one.start()
        while pool.stats.waiting < 2:
            time.sleep(0.01)
        lent[0].dispose()
        pool.release(lent[0])
        while pool.stats.opened < 4:
            time.sleep(0.01)
    for one in waiting:
        one.join()
    # One had taken the place of the one that died.
    assert codes == ["closed"] and all(one.disposed for one in [*lent, *taken])
    with sync.SandboxPool(state, max_size=1, acquire_timeout=0.05) as pool:
        sandbox = pool.acquire()
        with pytest.raises(LifecycleError) as caught:
            pool.acquire()
        assert caught.value.code == "busy" and stats(pool) == (1, 0, 1, 0)
        pool.release(sandbox)


def test_what_makes_no_sense_is_refused(state: str) -> None:
    for kind in (SandboxPool, sync.SandboxPool):
        make: Any = kind
        for given, path in [
            ({}, "$.source"),
            ({"source": state, "language": "python"}, "$.source"),
            ({"language": "ruby"}, "$.language"),
            ({"source": state, "max_size": 0}, "$.maxSize"),
            ({"source": state, "min_size": 11}, "$.maxSize"),
            ({"source": state, "min_size": -1}, "$.minSize"),
            ({"source": state, "idle_timeout": float("nan")}, "$.idleTimeoutMs"),
            ({"source": state, "acquire_timeout": -1}, "$.acquireTimeoutMs"),
        ]:
            with pytest.raises(UsageError) as caught:
                make(**given)
            assert caught.value.details["path"] == path
        with pytest.raises(TypeError):
            make(state, polcy="strict")

    async def main() -> None:
        async with SandboxPool(state) as pool, SandboxPool(state) as other:
            sandbox = await other.acquire()
            for wrong in (sandbox, None):
                with pytest.raises(UsageError):
                    await pool.release(wrong)  # type: ignore[arg-type]
            await other.release(sandbox)
            with pytest.raises(UsageError):
                await other.release(sandbox)
        missing = SandboxPool(state + "x", max_size=1)
        for _ in range(3):
            with pytest.raises(UsageError):
                await missing.acquire()
        assert stats(missing) == (0, 0, 0, 0)

    asyncio.run(main())


def test_a_host_function_cannot_give_back_the_sandbox_that_waits_for_it() -> None:
    async def main() -> None:
        async def back() -> str:
            try:
                await pool.release(session)
            except LifecycleError as error:
                return error.code
            return "no error"

        async with SandboxPool(language="python", max_size=1, host={"back": back}) as pool:
            async with pool.acquire() as session:
                assert (await session.run("back()")).value == "busy"
            assert stats(pool) == (1, 1, 0, 0)

    asyncio.run(main())


FORK = """
import os
from wasm_sandbox.sync import SandboxPool

pool = SandboxPool('state.wasm', min_size=2, max_size=2)
pool.initialize()
lent = pool.acquire()
print(lent.call('count'), flush=True)
child = os.fork()
if child == 0:
    # Both places are its own.
    with pool.acquire() as one, pool.acquire() as two:
        print(one.call('count'), two.call('count'), flush=True)
    os._exit(0)
print(os.waitpid(child, 0)[1], lent.call('count'))
pool.dispose()
"""


def test_a_forked_process_begins_with_an_empty_pool() -> None:
    done = program(FORK)
    assert done.stdout == "1\n1 1\n0 2\n", done.stderr


def test_the_module_of_an_address_is_fetched_once(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    content = Path(state).read_bytes()

    def fetch_now(download: dict[str, Any]) -> bytes:
        asked.append(download)
        time.sleep(0.02)
        if len(asked) == 1:
            raise OSError("no connection")
        return content

    monkeypatch.setattr("wasm_sandbox._pool.fetch_now", fetch_now)
    address = "https://example.com/state.wasm"

    async def main() -> None:
        async with SandboxPool(address, max_size=3, sha256="00", limits={"moduleBytes": 1 << 20}) as pool:
            with pytest.raises(OSError):
                await pool.acquire()
            for one in await asyncio.gather(*[pool.acquire() for _ in range(3)]):
                assert await one.call("count") == 1
        assert [(one["url"], one["maxBytes"], one["sha256"]) for one in asked] == [(address, 1 << 20, "00")] * 2

    asyncio.run(main())
    with sync.SandboxPool(address, min_size=1) as pool, pool.acquire() as sandbox:
        assert sandbox.call("count") == 1 and len(asked) == 3


def test_what_is_not_fetched_has_no_way_of_being_fetched(state: str) -> None:
    given: list[dict[str, Any]] = [{"source": state}, {"source": Path(state).read_bytes()}, {"language": "python"}]
    for options in given:
        with pytest.raises(UsageError) as caught:
            SandboxPool(**options, sha256="00")
        assert caught.value.details == {"path": "$.sha256"}


def test_a_token_ends_the_waiting_of_a_thread(state: str) -> None:
    with sync.SandboxPool(state, max_size=1) as pool, pool.acquire():
        token = sync.CancelToken()
        threading.Timer(0.05, token.cancel).start()
        with pytest.raises(LifecycleError) as caught:
            pool.acquire(cancel=token)
        assert caught.value.code == "cancelled" and pool.stats.waiting == 0
