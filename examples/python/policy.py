# Policies: a preset, one of your own, and one that a tenant sent, cut down to what you allow.
# Run it with: python examples/python/policy.py
import asyncio
from typing import Any

from wasm_sandbox import AuditEvent, SecurityPolicy, UsageError, execute, parse_policy


def lookup(id: int) -> dict[str, Any]:
    return {"id": id, "name": "Ada"}


def erase() -> str:
    return "gone"


async def main() -> None:
    # Built step by step; everything that is not granted is denied.
    mine = (
        SecurityPolicy.builder("strict")
        .memory_limit(32 * 1024 * 1024)
        .max_execution_time(2)
        .allow_host_functions(["lookup"])
        .enable_audit_logging(True)
        .build()
    )

    host = {"lookup": lookup, "erase": erase}
    events: list[AuditEvent] = []
    for code in ("lookup(7).name", "erase()"):
        record = await execute(javascript=code, policy=mine, host=host, on_audit=events.append)
        if record.error is None:
            print(code, "->", record.value)
        else:
            print(code, "-> denied:", record.error.details["capability"])
    print("audit:", ", ".join(f"{event.target} {event.outcome}" for event in events))

    # A tenant may ask for anything; the result never exceeds the ceiling.
    asked = '{"version": 1, "preset": "permissive", "limits": {"memoryBytes": 8589934592}}'
    effective = parse_policy(asked, ceiling=mine)
    print("memory asked for: 8 GiB, granted:", effective.limits.memory_bytes >> 20, "MiB")

    # Mistakes are named by their place.
    try:
        SecurityPolicy.from_json('{"version": 1, "limits": {"memoryBites": 1}}')
    except UsageError as error:
        print(error.code, "at", error.details["path"])


asyncio.run(main())
