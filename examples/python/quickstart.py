# The shortest way: a function of a module and a line of Python under the strict policy, and how refusals look.
# Run it with: python examples/python/quickstart.py
import asyncio
from pathlib import Path

from wasm_sandbox import ResourceLimitExceeded, SecurityPolicy, SecurityViolation, WasmSandbox, run

GUESTS = Path(__file__).parents[2] / "fixtures/guests"


async def main() -> None:
    # A module that stays loaded.
    calculator = (
        await WasmSandbox.builder()
        .source(GUESTS / "calculator.wasm")
        .security_policy(SecurityPolicy.strict())
        .memory_limit(16 * 1024 * 1024)
        .build()
    )
    async with calculator:
        print("add:", await calculator.call("add", [5, 3]))

    # Untrusted source text, once: values in, a value and output out.
    result = await run(
        python='print("adding", len(prices), "prices"); sum(prices)',
        inputs={"prices": [20, 5, 17]},
    )
    print("value:", result.value)
    print("output:", result.stdout.strip())

    # What nobody granted is denied.
    try:
        url = "https://example.com"
        await run(wasm=GUESTS / "network-module.wasm", call="make_http_request", args=[url])
    except SecurityViolation as error:
        print("denied:", error.code, error.details["capability"])

    # Whatever the code does, it ends: here by the limit on the time that it computes.
    try:
        await run(python="while True: pass", limits={"cpuTimeMs": 100})
    except ResourceLimitExceeded as error:
        print("ended:", error.code, error.details["field"], error.details["limit"])


asyncio.run(main())
