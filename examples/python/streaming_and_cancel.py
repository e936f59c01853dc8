# Output as it comes, and an end whenever you like: by cancelling the task, by a timeout, by a limit.
# Run it with: python examples/python/streaming_and_cancel.py
import asyncio

from wasm_sandbox import run


async def pause() -> None:
    await asyncio.sleep(0.02)


async def main() -> None:
    lines = 0

    def written(chunk: bytes) -> None:
        nonlocal lines
        print(chunk.decode(), end="")
        lines += 1
        if lines == 3:
            task.cancel()

    code = 'for (let i = 1; ; i++) { console.log("step", i); await pause(); }'
    task = asyncio.ensure_future(run(javascript=code, host={"pause": pause}, on_stdout=written))
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled after three steps")  # the guest has stopped

    # asyncio's own timeouts do the same.
    try:
        await asyncio.wait_for(run(javascript="for (;;);"), 0.1)
    except asyncio.TimeoutError:
        print("timed out")


asyncio.run(main())
