# Owns a sandbox's callbacks and the order of its calls: in which context, and on which event loop, a host function
# runs, and that one which calls the sandbox that waits for it is refused as `busy` instead of hanging.
from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context, ContextVar, copy_context
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from ._errors import make, refused

if TYPE_CHECKING:
    from . import _native


class Frame:
    """One host function at work: of which sandbox, called from within which other one."""

    __slots__ = ("active", "outer", "owner")

    def __init__(self, owner: Side, outer: Frame | None) -> None:
        self.owner, self.outer, self.active = owner, outer, True


_frames: ContextVar[Frame | None] = ContextVar("wasm_sandbox_frames", default=None)


class Turn:
    """One call, queued or running: the caller's context and event loop, and what its host functions left to await."""

    __slots__ = ("context", "loop", "tasks")

    def __init__(self, context: Context, loop: asyncio.AbstractEventLoop | None) -> None:
        self.context, self.loop = context, loop
        self.tasks: set[asyncio.Task[None]] = set()

    def over(self) -> None:
        """Nobody waits any more for what the host functions of this call still do."""
        for task in tuple(self.tasks):
            task.get_loop().call_soon_threadsafe(task.cancel)


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
        self._turns: deque[Turn] = deque()
        # Held while a call is begun, so that the order here is the order there.
        self.lock = threading.Lock()

    def parts(self) -> tuple[list[str], Any, Any, Any] | None:
        """As the native part takes it; None when there is nothing to call back."""
        if not self.callbacks:
            return None
        output = self._output if "onStdout" in self.callbacks or "onStderr" in self.callbacks else None
        audit = self._audit if "onAudit" in self.callbacks else None
        return list(self._functions), self._call, output, audit

    def begin(self, loop: asyncio.AbstractEventLoop | None) -> Turn:
        """A call comes: it is put behind those before it, until `end`."""
        self.outside()
        turn = Turn(copy_context(), loop)
        self._turns.append(turn)
        return turn

    def outside(self) -> None:
        """Refuses a host function that this sandbox waits for."""
        if self.inside():
            raise _busy()

    def inside(self) -> bool:
        """Whether this is a host function that this sandbox waits for."""
        frame = _frames.get()
        while frame is not None:
            if frame.owner is self and frame.active:
                return True
            frame = frame.outer
        return False

    def end(self, turn: Turn) -> None:
        """The call is over."""
        self._turns.remove(turn)

    def _running(self) -> Turn:
        # Calls never overlap, so the one that runs is the eldest. Without one it is a prepared call.
        try:
            return self._turns[0]
        except IndexError:
            return Turn(copy_context(), None)

    def _call(self, name: str, args: list[Any], named: dict[str, Any], reply: _native.Reply) -> Any:
        turn = self._running()
        context = turn.context.copy()
        frame = Frame(self, context.get(_frames))
        context.run(_frames.set, frame)
        answer: Any = None
        try:
            answer = context.run(self._functions[name], *args, **named)
        finally:
            if not isawaitable(answer):
                frame.active = False
        if not isawaitable(answer):
            return answer
        work = _settle(answer, reply, frame)

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

    def _output(self, is_stdout: bool, chunk: bytes) -> None:
        self._tell("onStdout" if is_stdout else "onStderr", chunk)

    def _audit(self, event: str) -> None:
        import json

        from ._generated.types import AuditEvent

        self._tell("onAudit", AuditEvent._read(json.loads(event)))  # pyright: ignore[reportPrivateUsage]

    def _tell(self, listener: str, what: object) -> None:
        callback = self.callbacks.get(listener)
        if callback is None:
            return
        turn = self._running()
        if turn.loop is None:
            turn.context.copy().run(callback, what)
        elif not turn.loop.is_closed():
            turn.loop.call_soon_threadsafe(callback, what, context=turn.context.copy())


async def _settle(answer: Awaitable[Any], reply: _native.Reply, frame: Frame) -> None:
    try:
        reply.settle(await answer)
    except BaseException as error:
        reply.fail(error)
        if not isinstance(error, Exception):
            raise
    finally:
        frame.active = False


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


def _busy() -> Exception:
    message = "Busy: a host function may not call the sandbox that waits for it; return first, or use another sandbox"
    return make("busy", message, details={"reentrant": True})
