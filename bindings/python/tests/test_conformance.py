# The shared conformance cases against both APIs: the steps are written once, as coroutines that await what has to be
# awaited; for threads nothing has to be. Ids are the test names; outcomes go to `.conformance/python-async.txt` and
# `python-sync.txt` for the report. What a case says, and how an outcome is held against it, is in `cases.py`.
from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from inspect import isawaitable
from typing import Any

import pytest

import cases
import wasm_sandbox
from wasm_sandbox import RunResult, SandboxError, sync

Step = dict[str, Any]
ALL = cases.read_cases()
ASYNCIO, THREADS = cases.Report("python-async", ALL), cases.Report("python-sync", ALL)
each = pytest.mark.parametrize("one", ALL, ids=[one["id"] for one in ALL])


@each
def test_case(one: dict[str, Any]) -> None:
    told(ASYNCIO, one, lambda: asyncio.run(Running(wasm_sandbox, one).all()))


@each
def test_case_sync(one: dict[str, Any]) -> None:
    told(THREADS, one, lambda: driven(Blocking(sync, one).all()))


def told(report: cases.Report, one: dict[str, Any], work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        report.told(one["id"], error)
    else:
        report.told(one["id"], None)


def driven(work: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine that never waits: the API for threads gives nothing to await."""
    with pytest.raises(StopIteration):
        work.send(None)


async def done(outcome: Any) -> Any:
    return await outcome if isawaitable(outcome) else outcome


class Running:
    """A case under way, with asyncio."""

    def __init__(self, api: Any, one: dict[str, Any]) -> None:
        self.api, self.one, self.source = api, one, one["source"]
        self.written, self.events = {"stdout": bytearray(), "stderr": bytearray()}, list[Any]()
        self.snapshots, self.sessions = dict[str, bytes](), list[tuple[str, Any]]()
        self.opened: Any = None
        self.options = {
            **{name: one.get(name) for name in ("policy", "argv", "env", "files", "config")},
            "host": {name: host_function(given) for name, given in one.get("host", {}).items()} or None,
            "packages": cases.packages(one),
            **{f"on_{name}": written.extend for name, written in self.written.items()},
            "on_audit": self.events.append,
        }

    async def all(self) -> None:
        steps, start = self.one["do"], time.perf_counter()
        try:
            whole = any(step.get("run") is True or "verify" in step for step in steps)
            opening = None if whole else await self.outcome({"open": True})
            for step in steps:
                got = opening
                if not isinstance(opening, SandboxError):
                    start = time.perf_counter()
                    got = await self.outcome(cases.untag(step))
                expected = self.one["expect"] if step is steps[-1] else step.get("expect")
                if expected:
                    cases.check(expected, got, (time.perf_counter() - start) * 1000)
                elif isinstance(got, BaseException):
                    raise got
        finally:
            for _, guest in self.sessions:
                await done(guest.dispose())

    async def outcome(self, step: Step) -> Any:
        """What a step comes to. A task is cancelled; the cause is the error that the other languages raise."""
        task = asyncio.ensure_future(self.perform(step))
        if "cancelAfterMs" in step:
            asyncio.get_running_loop().call_later(step["cancelAfterMs"] / 1000, task.cancel)
        try:
            return await task
        except asyncio.CancelledError as error:
            return error.__cause__ or getattr(error.__context__, "__cause__", None)

    async def perform(self, step: Step, **cancel: Any) -> Any:
        """What it raises, or all that a run gives, or what anything else gives as its value."""
        timeout = step["timeoutMs"] / 1000 if "timeoutMs" in step else None
        self.asked = {"timeout": timeout, "output": step.get("output"), **cancel}
        for written in self.written.values():
            written.clear()
        kind = next(kind for kind in STEPS if kind in step)
        try:
            got = await done(STEPS[kind](self, step[kind], step))
        except SandboxError as error:
            return error
        part = {"verify": "report", "stats": "usage", "audit": "events"}.get(kind, "value")
        texts = {name: written.decode(errors="replace") for name, written in self.written.items()}
        return vars(got) if isinstance(got, RunResult) else {**texts, "value": got, part: got}

    async def keep(self, name: str, opening: Any) -> Any:
        self.sessions.append((name, await done(opening)))
        return self.sessions[-1][1]

    async def open(self, *_: Any) -> None:
        [kind] = self.source
        opener = getattr(self.api.WasmSandbox, {"wasm": "from_file", "base64": "from_bytes"}.get(kind, kind))
        module = [cases.module(self.source)] if kind in ("wasm", "base64") else []
        self.opened = await self.keep("main", opener(*module, **self.options))

    def run(self, code: Any, step: Step) -> Any:
        call = {"call": step["function"], "args": step.get("args", [])} if "function" in step else {}
        given = {"inputs": step.get("inputs"), **call, **self.asked}
        if code is not True:
            return self.opened.run(code, **given)
        source = {"wasm": cases.module(self.source)} if "wasm" in self.source else self.source
        return self.api.run(**self.options, **source, stdin=self.one.get("stdin"), **given)

    async def snapshot(self, name: str, step: Step) -> None:
        self.snapshots[name] = await done(self.opened.snapshot(snapshot_key=step.get("key")))

    async def restore(self, name: str, step: Step) -> None:
        image = bytearray(self.snapshots[name])
        if "changed" in step:
            image[-step["changed"]] ^= 1
        own = {key: step[key] or None for key in ("policy", "packages") if key in step}
        asked = {**self.options, **own, "snapshot_key": step.get("key")}
        self.opened = await self.keep(name, self.api.WasmSandbox.restore(image, **asked))

    def use(self, name: str, _: Step) -> None:
        self.opened = dict(self.sessions)[name]


# What each kind of step does, by the case under way, what stands under the step's key, and the step.
STEPS: dict[str, Callable[[Any, Any, Step], Any]] = {
    "open": Running.open,
    "verify": lambda on, *_: on.api.verify(cases.module(on.source), policy=on.one.get("policy")),
    "run": Running.run,
    "call": lambda on, name, step: on.opened.call(name, step.get("args", []), **on.asked),
    "prepare": lambda on, name, step: on.opened.prepare(name)(*step.get("args", [])),
    "batch": lambda on, calls, _: on.opened.call_batch([{"function": f, "args": a} for f, a in calls], **on.asked),
    "reset": lambda on, *_: on.opened.reset(),
    "dispose": lambda on, *_: on.opened.dispose(),
    "exports": lambda on, *_: cases.plain(on.opened.exports()),
    "audit": lambda on, *_: [on.events.pop(0) for _ in list(on.events)],
    "stats": lambda on, *_: on.opened.get_resource_stats(),
    "collectGarbage": lambda on, *_: on.opened.collect_garbage(),
    "snapshot": Running.snapshot,
    "restore": Running.restore,
    "fork": lambda on, name, _: on.keep(name, on.opened.fork()),
    "use": Running.use,
}


class Blocking(Running):
    """With threads: a token is cancelled by another one."""

    async def outcome(self, step: Step) -> Any:
        if "cancelAfterMs" not in step:
            return await self.perform(step)
        token = sync.CancelToken()
        threading.Timer(step["cancelAfterMs"] / 1000, token.cancel).start()
        return await self.perform(step, cancel=token)


def host_function(given: dict[str, Any]) -> Any:
    """A host function described as data."""
    seconds = given.get("sleepsMs", 0) / 1000

    def answer(args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if "throws" in given:
            raise type(given["throws"]["type"], (Exception,), {})(given["throws"]["message"])
        return [*args, *([named] if named else [])] if "echoes" in given else cases.untag(given.get("returns"))

    async def later(*args: Any, **named: Any) -> Any:
        await (asyncio.Event().wait() if "neverReturns" in given else asyncio.sleep(seconds))
        return answer(args, named)

    def now(*args: Any, **named: Any) -> Any:
        time.sleep(seconds)
        return answer(args, named)

    return later if "async" in given or "neverReturns" in given else now
