# A Python session that keeps its state, calls functions of the host, and is saved and branched.
# Run it with: python examples/python/sessions.py
import asyncio
from typing import Any

from wasm_sandbox import SandboxError, WasmSandbox

USERS = {7: {"name": "Ada", "orders": [20, 22]}}


async def find(id: int, *, deep: bool = False) -> dict[str, Any]:
    """Called plainly from the session, which waits for it."""
    user = USERS.get(id)
    if user is None:
        raise KeyError(f"no user {id}")
    return user if deep else {"name": user["name"]}


async def main() -> None:
    session = await WasmSandbox.python(host={"find": find})
    await session.run("""
def total(id):
    user = find(id, deep=True)
    return {"name": user["name"], "total": sum(user["orders"])}

n = 0
""")
    first = await session.call("total", [7])
    print(first)  # {'name': 'Ada', 'total': 42}

    await session.run("n = answer", inputs={"answer": first["total"]})
    saved = await session.snapshot()  # bytes: keep them in a file, go on in another process
    branch = await session.fork()
    print("branch:", (await branch.run("n += 1\nn")).value)  # branch: 43

    restored = await WasmSandbox.restore(saved, host={"find": find})
    print("restored:", (await restored.run("n")).value)  # restored: 42

    # An error of the host is an exception of the same name in the guest.
    try:
        await session.call("total", [8])
    except SandboxError as error:
        print(error.code, error.details["type"])  # host_function_failed KeyError
    for one in (session, branch, restored):
        await one.dispose()


asyncio.run(main())
