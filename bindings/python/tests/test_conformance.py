# The shared conformance cases against both APIs: the steps are written once, as coroutines that await what has to be
# awaited; for threads nothing has to be. Ids are the test names; outcomes go to `.conformance/python-async.txt` and
# `python-sync.txt` for the report.
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
from wasm_sandbox import SandboxError, sync

ALL = cases.read_cases()
ASYNCIO, THREADS = cases.Report("python-async", ALL), cases.Report("python-sync", ALL)
each = pytest.mark.parametrize("one", ALL, ids=[one["id"] for one in ALL])


@each
def test_case(one: dict[str, Any]) -> None:
    told(ASYNCIO, one, lambda: asyncio.run(Awaited(wasm_sandbox, one).all()))


@each
def test_case_sync(one: dict[str, Any]) -> None:
    told(THREADS, one, lambda: driven(Blocking(sync, one).all()))


def told(report: cases.Report, one: dict[str, Any], work: Callable[[], None]) -> None:
    failure: BaseException | None = None
    try:
        work()
    except Exception as error:
        failure = error
    report.told(one["id"], failure)


def driven(work: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("the API for threads gave something to await")


async def done(outcome: Any) -> Any:
    return await outcome if isawaitable(outcome) else outcome


class Running:
    """A case under way."""

    def __init__(self, api: Any, one: dict[str, Any]) -> None:
        self.api, self.cancel = api, dict[str, Any]()
        self.one, self.written, self.events = one, {"stdout": "", "stderr": ""}, list[Any]()
        self.opened: Any = None
        self.snapshots: dict[str, bytes] = {}
        self.sessions: dict[str, Any] = {}
        names = ("policy", "argv", "env", "files", "config")
        self.options = {
            **{name: one.get(name) for name in names},
            "host": {name: host_function(given) for name, given in one.get("host", {}).items()} or None,
            "packages": cases.packages(one),
            "on_stdout": lambda chunk: self.write("stdout", chunk),
            "on_stderr": lambda chunk: self.write("stderr", chunk),
            "on_audit": self.events.append,
        }

    def write(self, stream: str, chunk: bytes) -> None:
        self.written[stream] += chunk.decode(errors="replace")

    async def all(self) -> None:
        steps, began, opening = self.one["do"], time.perf_counter(), 0.0
        if not any(step.get("run") is True or step.get("verify") for step in steps):
            try:
                self.opened = await self.open()
            except SandboxError as error:
                self.opened, opening = error, time.perf_counter() - began
        try:
            for index, step in enumerate(steps):
                self.written.update(stdout="", stderr="")
                start = time.perf_counter() - (opening if index == 0 else 0)
                got = await self.outcome(step)
                expected = self.one["expect"] if index == len(steps) - 1 else step.get("expect")
                if expected:
                    cases.check(expected, got, (time.perf_counter() - start) * 1000)
                elif isinstance(got, BaseException):
                    raise got
        finally:
            for one in [self.opened, *self.sessions.values()]:
                if one is not None and not isinstance(one, SandboxError):
                    await done(one.dispose())

    async def open(self) -> Any:
        source = self.one["source"]
        for language in ("javascript", "typescript", "python"):
            if language in source:
                return await done(getattr(self.api.WasmSandbox, language)(**self.options))
        given = cases.module(source)
        opening = self.api.WasmSandbox.from_file if isinstance(given, str) else self.api.WasmSandbox.from_bytes
        return await done(opening(given, **self.options))

    async def outcome(self, step: dict[str, Any]) -> Any:
        """What a step comes to, or what it raises."""
        try:
            return await self.perform(step)
        except SandboxError as error:
            return error

    async def perform(self, step: dict[str, Any]) -> dict[str, Any]:
        one, source = self.one, self.one["source"]
        timeout = step["timeoutMs"] / 1000 if "timeoutMs" in step else None
        args = None if "args" not in step else cases.untag(step["args"])
        if step.get("verify"):
            return {"report": await done(self.api.verify(cases.module(source), policy=one.get("policy")))}
        if step.get("run") is True:
            given = {"wasm": cases.guest(source["wasm"])} if "wasm" in source else source
            call = {"call": step["function"], "args": args or []} if "function" in step else {}
            inputs = cases.untag(step.get("inputs"))
            given = {**self.options, **given, **call, "stdin": one.get("stdin"), "inputs": inputs, "timeout": timeout}
            return vars(await done(self.api.run(**given, **self.cancel)))
        opened = self.opened
        if isinstance(opened, SandboxError):
            raise opened
        if step.get("audit"):
            since = list(self.events)
            self.events.clear()
            return {"value": since, "events": since}
        if step.get("stats"):
            return {"usage": await done(opened.get_resource_stats())}
        if await self.branch(step):
            return {"value": None}
        options = {"timeout": timeout, "output": step.get("output"), **self.cancel}
        if "run" in step:
            call = {"call": step["function"], "args": args or []} if "function" in step else {}
            inputs = cases.untag(step.get("inputs", {}))
            return vars(await done(opened.run(step["run"], inputs=inputs, **call, **options)))
        return {"value": await done(self.act(opened, step, args or [], options)), **self.written}

    def act(self, opened: Any, step: dict[str, Any], args: list[Any], options: dict[str, Any]) -> Any:
        if "call" in step:
            return opened.call(step["call"], args, **options)
        if "prepare" in step:
            return opened.prepare(step["prepare"])(*args)
        if "batch" in step:
            calls = [{"function": name, "args": cases.untag(given)} for name, given in step["batch"]]
            return opened.call_batch(calls, **options)
        if "reset" in step:
            return opened.reset()
        if "collectGarbage" in step:
            return opened.collect_garbage()
        if "dispose" in step:
            return opened.dispose()
        if "exports" in step:
            return cases.plain(opened.exports())
        raise ValueError("a step does something")

    async def branch(self, step: dict[str, Any]) -> bool:
        """What has to do with several sessions; False: it is another step."""
        self.sessions.setdefault("main", self.opened)
        if "snapshot" in step:
            self.snapshots[step["snapshot"]] = await done(self.opened.snapshot(snapshot_key=step.get("key")))
        elif "restore" in step:
            image = bytearray(self.snapshots[step["restore"]])
            if "changed" in step:
                image[-step["changed"]] ^= 1
            packages = None if step.get("packages") is False else self.options["packages"]
            policy = step.get("policy", self.options["policy"])
            asked = {**self.options, "packages": packages, "policy": policy, "snapshot_key": step.get("key")}
            self.opened = self.sessions[step["restore"]] = await done(self.api.WasmSandbox.restore(image, **asked))
        elif "fork" in step:
            self.sessions[step["fork"]] = await done(self.opened.fork())
        elif "use" in step:
            self.opened = self.sessions[step["use"]]
        else:
            return False
        return True


class Awaited(Running):
    """With asyncio: a task is cancelled, and the cause is the error that the other languages raise."""

    async def outcome(self, step: dict[str, Any]) -> Any:
        task = asyncio.ensure_future(super().outcome(step))
        if "cancelAfterMs" in step:
            asyncio.get_running_loop().call_later(step["cancelAfterMs"] / 1000, task.cancel)
        try:
            return await task
        except asyncio.CancelledError as error:
            return error.__cause__ or getattr(error.__context__, "__cause__", None)


class Blocking(Running):
    """With threads: a token is cancelled by another one."""

    async def outcome(self, step: dict[str, Any]) -> Any:
        if "cancelAfterMs" not in step:
            self.cancel = {}
            return await super().outcome(step)
        self.cancel = {"cancel": sync.CancelToken()}
        timer = threading.Timer(step["cancelAfterMs"] / 1000, self.cancel["cancel"].cancel)
        timer.start()
        try:
            return await super().outcome(step)
        finally:
            timer.cancel()


def host_function(given: dict[str, Any]) -> Any:
    """A host function described as data."""

    def answer(args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if "throws" in given:
            raise type(given["throws"]["type"], (Exception,), {})(given["throws"]["message"])
        return [*args, *([named] if named else [])] if given.get("echoes") else cases.untag(given.get("returns"))

    async def later(*args: Any, **named: Any) -> Any:
        await asyncio.sleep(given.get("sleepsMs", 0) / 1000)
        return answer(args, named)

    async def never(*args: Any) -> Any:
        await asyncio.Event().wait()

    def now(*args: Any, **named: Any) -> Any:
        time.sleep(given.get("sleepsMs", 0) / 1000)
        return answer(args, named)

    return never if given.get("neverReturns") else later if given.get("async") else now
