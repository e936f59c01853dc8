# Programs as users write them: a pool of their own, a cache on disk with pickled policies, many calls at once.
from __future__ import annotations

import asyncio
import pickle
from pathlib import Path
from typing import Any

from wasm_sandbox import SecurityPolicy, WasmSandbox


class Pool:
    """A pool as an application builds it: sandboxes in a queue and in a set."""

    def __init__(self, size: int, source: str) -> None:
        self.size, self.source = size, source
        self.available: asyncio.Queue[WasmSandbox] = asyncio.Queue()
        self.in_use: set[WasmSandbox] = set()

    async def initialize(self) -> None:
        for index in range(self.size):
            builder = WasmSandbox.builder().source(self.source).security_policy(SecurityPolicy.moderate())
            await self.available.put(await builder.instance_id(f"pool-{index}").build())

    async def acquire(self) -> WasmSandbox:
        sandbox = await self.available.get()
        self.in_use.add(sandbox)
        return sandbox

    async def release(self, sandbox: WasmSandbox) -> None:
        self.in_use.discard(sandbox)
        await sandbox.reset()
        await self.available.put(sandbox)


def test_a_pool(calculator: str) -> None:
    async def main() -> None:
        pool = Pool(2, calculator)
        await pool.initialize()

        async def worker(number: int) -> Any:
            sandbox = await pool.acquire()
            try:
                return await sandbox.call("multiply", [number, 2])
            finally:
                await pool.release(sandbox)

        assert await asyncio.gather(*[worker(number) for number in range(20)]) == [2 * n for n in range(20)]
        assert pool.in_use == set()
        while not pool.available.empty():
            await (await pool.available.get()).dispose()

    asyncio.run(main())


def test_a_hundred_calls_on_one_sandbox(calculator: str) -> None:
    async def main() -> None:
        async with await WasmSandbox.from_file(calculator) as sandbox:
            tasks = [sandbox.call("add", [i, i + 1]) for i in range(100)]
            assert await asyncio.gather(*tasks) == [2 * i + 1 for i in range(100)]

    asyncio.run(main())


def test_a_cache_on_disk(calculator: str, tmp_path: Path) -> None:
    kept = {
        "module_bytes": Path(calculator).read_bytes(),
        "security_policy": SecurityPolicy.strict(),
        "memory_limit": None,
        "cpu_timeout": 1.5,
    }
    file = tmp_path / "cache.pkl"
    file.write_bytes(pickle.dumps(kept))
    data = pickle.loads(file.read_bytes())

    async def main() -> None:
        sandbox = await (
            WasmSandbox.builder()
            .source(data["module_bytes"])
            .security_policy(data["security_policy"])
            .memory_limit(data.get("memory_limit"))
            .cpu_timeout(data.get("cpu_timeout"))
            .build()
        )
        results = await sandbox.call_batch(
            [{"function": "add", "args": [1, 2]}, {"function": "divide", "args": [10, 2]}]
        )
        assert results == [3, 5]
        await sandbox.dispose()

    asyncio.run(main())


def test_a_sandbox_is_bound_to_no_event_loop(calculator: str) -> None:
    loop = asyncio.new_event_loop()
    sandbox = loop.run_until_complete(WasmSandbox.from_file(calculator))
    loop.close()
    assert asyncio.run(sandbox.call("add", [2, 3])) == 5
    asyncio.run(sandbox.dispose())
