# Output as it comes, and an end whenever you like: by a limit, by cancelling. The error has what is left of the run.
# Run it with: python examples/python/streaming-and-cancel.py
import asyncio

from wasm_sandbox import LifecycleError, ResourceLimitExceeded, run


def show(chunk: bytes) -> None:
    print(chunk.decode(), end="")


async def pause() -> None:
    await asyncio.sleep(0.01)


async def main() -> None:
    # By a limit.
    try:
        await run(javascript='console.log("computing"); for (;;);', limits={"cpuTimeMs": 100}, on_stdout=show)
    except ResourceLimitExceeded as error:
        assert error.result is not None
        print("ended by:", error.code)
        print("written until then:", error.result.stdout.strip())
        print("used at least the limit:", str(error.result.usage.cpu_time_ms >= 100).lower())

    # By cancelling the task, when enough was seen; the guest has stopped when the task goes on.
    lines = 0

    def count(chunk: bytes) -> None:
        nonlocal lines
        show(chunk)
        lines += 1
        if lines == 3:
            task.cancel()

    code = 'for (let i = 1; ; i++) { console.log("step", i); await pause(); }'
    task = asyncio.ensure_future(run(javascript=code, host={"pause": pause}, on_stdout=count))
    try:
        await task
    except asyncio.CancelledError as cancelled:
        # asyncio's own exception; its cause is the sandbox's.
        error = cancelled.__cause__
        assert isinstance(error, LifecycleError) and error.result is not None
        print("ended by:", error.code)
        print("written until then:", ", ".join(error.result.stdout.split("\n")[:-1]))
        print("bytes of output:", error.result.usage.output_bytes)

    # By cancelling after a while, as asyncio's own timeouts do; a loop is no obstacle.
    try:
        await asyncio.wait_for(run(javascript="for (;;);"), 0.1)
    except asyncio.TimeoutError:
        print("ended by: cancelled after a while")


asyncio.run(main())
