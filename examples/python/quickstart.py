# The shortest way: one snippet of untrusted JavaScript, with values in and a value out.
# Run it with: python examples/python/quickstart.py
import asyncio

from wasm_sandbox import SandboxError, run

CODE = """
const total = prices.reduce((sum, price) => sum + price, 0);
console.log('added', prices.length, 'prices');
({ total, average: total / prices.length })
"""


async def main() -> None:
    result = await run(javascript=CODE, inputs={"prices": [19.9, 5.1, 25]})
    print(result.value)  # {'total': 50, 'average': 16.666666666666668}
    print(result.stdout.strip())  # added 3 prices
    print(f"{result.usage.cpu_time_us} us of CPU time")

    # Whatever the code does, it ends: here by the limit on the time that it computes.
    try:
        await run(javascript="for (;;);", limits={"cpuTimeMs": 100})
    except SandboxError as error:
        print(error.code, error.details)  # cpu_timeout {'field': 'cpuTimeMs', 'limit': 100, ...}


asyncio.run(main())
