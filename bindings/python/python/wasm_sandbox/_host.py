# Owns a sandbox's callbacks: in which context, and on which event loop, a host function or a listener runs, and how
# long what a host function left to await goes on.
from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar, copy_context
from inspect import isawaitable
from typing import Any

from . import _native
from ._errors import refused

# The number of the host function that is at work here. The native part refuses a call of a sandbox that waits for it.
_frame: ContextVar[int] = ContextVar("wasm_sandbox_frame", default=0)


def inside(target: _native.Handle) -> bool:
    """Whether this is a host function that the guest, or one of the pool, waits for."""
    return target.inside(_frame.get())


class Turn:
    """One call, queued or running: the caller's context and event loop, what stops it, and what its host functions left
    to await."""

    __slots__ = ("context", "loop", "stop", "tasks")

    def __init__(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self.context, self.loop = copy_context(), loop
        self.tasks: set[asyncio.Task[None]] = set()

    def begin(self) -> Turn:
        """The call is under way until `end`: host functions and listeners find it by its number."""
        self.stop = _native.Stop(id(self), _frame.get())
        _turns[id(self)] = self
        return self

    def end(self) -> None:
        """The call is over."""
        _turns.pop(id(self), None)

    def over(self) -> None:
        """Nobody waits any more for what the host functions of this call still do."""
        for task in tuple(self.tasks):
            task.get_loop().call_soon_threadsafe(task.cancel)

    @staticmethod
    def of(tag: int) -> Turn:
        """The one with this number; a prepared call has none, and is on its caller's own thread."""
        return _turns.get(tag) or Turn(None)


_turns: dict[int, Turn] = {}


class Side:
    """The host's side of one sandbox."""

    def __init__(self, callbacks: Mapping[str, Any]) -> None:
        self.callbacks = {name: given for name, given in callbacks.items() if given is not None}
        self._functions: Mapping[str, Callable[..., Any]] = self.callbacks.get("host") or {}
        for name, function in self._functions.items():
            _require_function(function, f"$.host.{name}")
        for name in ("onStdout", "onStderr", "onAudit"):
            if name in self.callbacks:
                _require_function(self.callbacks[name], f"$.{name}")

    def parts(self) -> tuple[list[str], Any, Any, Any] | None:
        """As the native part takes it; None when there is nothing to call back."""
        if not self.callbacks:
            return None
        output = self._output if "onStdout" in self.callbacks or "onStderr" in self.callbacks else None
        audit = self._audit if "onAudit" in self.callbacks else None
        return list(self._functions), self._call, output, audit

    def _call(
        self, tag: int, frame: int, name: str, args: list[Any], named: dict[str, Any], reply: _native.Reply
    ) -> Any:
        if tag == 0:
            _native.called_within(frame, _frame.get())
        turn = Turn.of(tag)
        context = turn.context.copy()
        context.run(_frame.set, frame)
        answer = context.run(self._functions[name], *args, **named)
        if not isawaitable(answer):
            return answer
        work = _settle(answer, reply)

        def start() -> None:
            task = loop.create_task(work)
            turn.tasks.add(task)
            task.add_done_callback(turn.tasks.discard)

        loop = turn.loop or _own_loop()
        try:
            loop.call_soon_threadsafe(start, context=context)
        except RuntimeError:
            work.close()
            raise RuntimeError(f"the event loop of the caller is closed; `{name}` cannot be awaited") from None
        return reply

    def _output(self, tag: int, is_stdout: bool, chunk: bytes) -> None:
        self._tell(tag, "onStdout" if is_stdout else "onStderr", chunk)

    def _audit(self, tag: int, event: dict[str, Any]) -> None:
        from ._generated.types import AuditEvent

        self._tell(tag, "onAudit", AuditEvent._read(event))  # pyright: ignore[reportPrivateUsage]

    def _tell(self, tag: int, listener: str, what: object) -> None:
        callback = self.callbacks.get(listener)
        if callback is None:
            return
        turn = Turn.of(tag)
        if turn.loop is None:
            turn.context.copy().run(callback, what)
        elif not turn.loop.is_closed():
            turn.loop.call_soon_threadsafe(callback, what, context=turn.context.copy())


async def _settle(answer: Awaitable[Any], reply: _native.Reply) -> None:
    try:
        reply.settle(await answer)
    except BaseException as error:
        reply.fail(error)
        if not isinstance(error, Exception):
            raise


_loop: tuple[int, asyncio.AbstractEventLoop] | None = None
_loop_lock = threading.Lock()


def _own_loop() -> asyncio.AbstractEventLoop:
    """Where the synchronous API awaits what host functions return; made when the first does."""
    import os

    global _loop
    with _loop_lock:
        if _loop is None or _loop[0] != os.getpid():
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="wasm-sandbox-loop", daemon=True).start()
            _loop = os.getpid(), loop
        return _loop[1]


def _require_function(given: Any, path: str) -> None:
    if not callable(given):
        raise refused(path, "this is not a function")
