# A session that keeps its state, calls functions of the host, synchronous or not, and is saved and branched.
# Run it with: python examples/python/sessions.py
import asyncio
from typing import Any

from wasm_sandbox import ExecutionError, WasmSandbox

USERS = {7: {"name": "Ada", "orders": [20, 22]}, 8: {"name": "Grace", "orders": [30]}}


class UnknownUser(Exception):
    """A type of our own."""


def discount(total: int) -> int:
    """Answers at once."""
    return 2 if total > 40 else 0


async def find(id: int) -> dict[str, Any]:
    """Answers later: a promise to the guest."""
    await asyncio.sleep(0.01)
    if id not in USERS:
        raise UnknownUser(f"no user {id}")
    return USERS[id]


CODE = """
  let seen = 0;
  async function totals(ids) {
    const found = await Promise.all(ids.map((id) => find(id)));
    seen += found.length;
    return found.map(({ name, orders }) => {
      const sum = orders.reduce((a, b) => a + b, 0);
      return name + ' ' + (sum - discount(sum));
    });
  }
"""


async def main() -> None:
    # What the first run defines, later ones and calls find again.
    session = await WasmSandbox.javascript(host={"discount": discount, "find": find})
    await session.run(CODE)
    print("totals:", ", ".join(await session.call("totals", [[7, 8]])))
    print("seen:", (await session.run("seen")).value)

    saved = await session.snapshot()  # bytes: keep them in a file, go on in another process
    branch = await session.fork()
    print("branch:", (await branch.run("seen += 10")).value)
    restored = await WasmSandbox.restore(saved, host={"discount": discount, "find": find})
    await restored.call("totals", [[8]])
    print("restored:", (await restored.run("seen")).value)
    print("session:", (await session.run("seen")).value)

    # An error of the host is an exception in the guest, with its type; it did not catch it.
    try:
        await session.call("totals", [[9]])
    except ExecutionError as error:
        print(f"failed: {error.code} {error.details['type']}: {error.details['message']}")
    for one in (session, branch, restored):
        await one.dispose()


asyncio.run(main())
