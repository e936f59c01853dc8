# The shared conformance cases against the API for threads. Ids are the test names; outcomes go to
# `.conformance/python-sync.txt` for the report.
from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

import cases
from wasm_sandbox.sync import CancelToken, SandboxError, WasmSandbox, run, verify

ALL = cases.read_cases()
REPORT = cases.Report("python-sync", ALL)


@pytest.mark.parametrize("one", ALL, ids=[one["id"] for one in ALL])
def test_case(one: dict[str, Any]) -> None:
    failure: BaseException | None = None
    try:
        Running(one).all()
    except Exception as error:
        failure = error
    REPORT.told(one["id"], failure)


class Running:
    """A case under way."""

    def __init__(self, one: dict[str, Any]) -> None:
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

    def all(self) -> None:
        steps, began, opening = self.one["do"], time.perf_counter(), 0.0
        if not any(step.get("run") is True or step.get("verify") for step in steps):
            try:
                self.opened = self.open()
            except SandboxError as error:
                self.opened, opening = error, time.perf_counter() - began
        try:
            for index, step in enumerate(steps):
                self.written.update(stdout="", stderr="")
                start = time.perf_counter() - (opening if index == 0 else 0)
                got = self.outcome(step)
                expected = self.one["expect"] if index == len(steps) - 1 else step.get("expect")
                if expected:
                    cases.check(expected, got, (time.perf_counter() - start) * 1000)
                elif isinstance(got, BaseException):
                    raise got
        finally:
            for one in [self.opened, *self.sessions.values()]:
                if one is not None and not isinstance(one, SandboxError):
                    one.dispose()

    def open(self) -> Any:
        source = self.one["source"]
        for language in ("javascript", "typescript", "python"):
            if language in source:
                return getattr(WasmSandbox, language)(**self.options)
        given = cases.module(source)
        opening = WasmSandbox.from_file if isinstance(given, str) else WasmSandbox.from_bytes
        return opening(given, **self.options)  # type: ignore[arg-type]

    def outcome(self, step: dict[str, Any]) -> Any:
        """What a step comes to, or what it raises."""
        cancel = CancelToken() if "cancelAfterMs" in step else None
        timer = cancel and threading.Timer(step["cancelAfterMs"] / 1000, cancel.cancel)
        if timer:
            timer.start()
        try:
            return self.perform(step, cancel)
        except SandboxError as error:
            return error
        finally:
            if timer:
                timer.cancel()

    def perform(self, step: dict[str, Any], cancel: CancelToken | None) -> dict[str, Any]:
        one, source = self.one, self.one["source"]
        timeout = step["timeoutMs"] / 1000 if "timeoutMs" in step else None
        args = None if "args" not in step else cases.untag(step["args"])
        if step.get("verify"):
            return {"report": verify(cases.module(source), policy=one.get("policy"))}
        if step.get("run") is True:
            given = {"wasm": cases.guest(source["wasm"])} if "wasm" in source else source
            call = {"call": step["function"], "args": args or []} if "function" in step else {}
            inputs = cases.untag(step.get("inputs"))
            given = {**self.options, **given, **call, "stdin": one.get("stdin"), "inputs": inputs, "timeout": timeout}
            given["cancel"] = cancel
            return vars(run(**given))
        opened = self.opened
        if isinstance(opened, SandboxError):
            raise opened
        if step.get("audit"):
            since = list(self.events)
            self.events.clear()
            return {"value": since, "events": since}
        if step.get("stats"):
            return {"usage": opened.get_resource_stats()}
        if self.branch(step):
            return {"value": None}
        options = {"timeout": timeout, "output": step.get("output"), "cancel": cancel}
        if "run" in step:
            call = {"call": step["function"], "args": args or []} if "function" in step else {}
            return vars(opened.run(step["run"], inputs=cases.untag(step.get("inputs", {})), **call, **options))
        return {"value": self.act(opened, step, args or [], options), **self.written}

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

    def branch(self, step: dict[str, Any]) -> bool:
        """What has to do with several sessions; False: it is another step."""
        self.sessions.setdefault("main", self.opened)
        if "snapshot" in step:
            self.snapshots[step["snapshot"]] = self.opened.snapshot(snapshot_key=step.get("key"))
        elif "restore" in step:
            image = bytearray(self.snapshots[step["restore"]])
            if "changed" in step:
                image[-step["changed"]] ^= 1
            packages = None if step.get("packages") is False else self.options["packages"]
            policy = step.get("policy", self.options["policy"])
            asked = {**self.options, "packages": packages, "policy": policy, "snapshot_key": step.get("key")}
            self.opened = self.sessions[step["restore"]] = WasmSandbox.restore(image, **asked)
        elif "fork" in step:
            self.sessions[step["fork"]] = self.opened.fork()
        elif "use" in step:
            self.opened = self.sessions[step["use"]]
        else:
            return False
        return True


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
