# Owns the way of an operation into the native part and back: for a coroutine, which is woken once and settles only
# when the guest has stopped, and for a thread that blocks. What an operation means is not known here.
from __future__ import annotations

import asyncio
import threading
from typing import Any

from . import _native
from ._host import Side, Turn, inside

# What may run for minutes. A call of an export is short, as a rule, and its thread hop would be longer than itself.
_LONG = frozenset({"run", "execute", "Session.run", "SandboxPool.acquire"})


class CancelToken:
    """Ends a synchronous call from another thread: the call raises ``cancelled`` when the guest has stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: set[_native.Stop] = set()
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called; calls that are given it later are cancelled at once."""
        return self._cancelled

    def cancel(self) -> None:
        """Cancels the calls that were given it, those that run and those to come."""
        with self._lock:
            self._cancelled = True
            stops = tuple(self._stops)
        for stop in stops:
            stop.stop()

    def _enter(self, stop: _native.Stop) -> None:
        with self._lock:
            self._stops.add(stop)
        if self._cancelled:
            stop.stop()

    def _leave(self, stop: _native.Stop) -> None:
        with self._lock:
            self._stops.discard(stop)


# An operation's answer, or what it fails with; taken out once, so that no exception is kept by its own traceback.
_Outcome = list[tuple[Any, BaseException | None]]


class _Pending:
    """An operation under way, for the task that waits for it."""

    __slots__ = ("_future", "_loop", "_outcome", "_thread", "_turn")

    def __init__(self, loop: asyncio.AbstractEventLoop, turn: Turn) -> None:
        self._loop, self._turn = loop, turn
        self._thread = threading.get_ident()
        self._future: asyncio.Future[None] = loop.create_future()
        self._outcome: _Outcome = []

    def done(self, answer: Any, error: BaseException | None) -> None:
        """It is over; told on any thread."""
        self._turn.end()
        self._outcome.append((answer, error))
        try:
            if threading.get_ident() == self._thread:
                self._wake()
            else:
                # Behind whatever the guest wrote and the listeners have not been told yet.
                self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            # The event loop is closed, and with it whoever waited: a pool's loan goes back.
            self._outcome.clear()

    def _wake(self) -> None:
        self._turn.over()
        self._future.set_result(None)

    async def wait(self) -> Any:
        """The answer. A cancelled task stops the guest, and goes on when it has stopped."""
        cancelled: asyncio.CancelledError | None = None
        while not self._future.done():
            try:
                # Without the shield a cancelled task would cancel the future, and nobody would know of the end.
                await asyncio.shield(self._future)
            except asyncio.CancelledError as error:
                cancelled = error
                self._turn.stop.stop()
            except GeneratorExit:
                self._turn.stop.stop()
                raise
        if cancelled is not None:
            # A pool's loan goes back now, and not with the traceback. What had been written and used until then hangs
            # on the cause.
            raise cancelled from self._outcome.pop()[1]
        return _answer(self._outcome)


async def invoke(
    side: Side,
    guest: _native.Handle | None,
    operation: str,
    arguments: dict[str, Any],
) -> Any:
    """Does an operation on threads of the native part."""
    loop = asyncio.get_running_loop()
    turn = Turn(loop).begin()
    pending = _Pending(loop, turn)
    try:
        parts = _parts(side, guest)
        _native.invoke(guest, operation, arguments, parts, turn.stop, pending.done, not side.callbacks)
    except BaseException:
        turn.end()
        raise
    return await pending.wait()


def invoke_now(
    side: Side,
    guest: _native.Handle | None,
    operation: str,
    arguments: dict[str, Any],
    cancel: CancelToken | None = None,
) -> Any:
    """Does an operation on the caller's thread, or on another one while this one waits: with a token, and where an
    interrupt from the keyboard has to end it, which Python tells the main thread alone."""
    if cancel is None and operation in _LONG and threading.current_thread() is threading.main_thread():
        cancel = CancelToken()
    turn, parts = Turn(None).begin(), _parts(side, guest)
    try:
        if cancel is None:
            return _native.invoke(guest, operation, arguments, parts, turn.stop)
        return _blocking(turn, guest, operation, arguments, cancel, parts, not side.callbacks)
    finally:
        turn.end()
        turn.over()


def plain(operation: str, arguments: dict[str, Any]) -> Any:
    """Does what concerns no guest and takes no time."""
    return _native.invoke(None, operation, arguments)


def end(target: _native.Handle, operation: str) -> None:
    """Ends a guest, or all of a pool, and waits for that; not where a host function that they wait for asks for it."""
    over = threading.Event()
    _native.invoke(target, operation, {}, None, _native.Stop(0, 0), lambda _answer, _error: over.set())
    if not inside(target):
        over.wait()


def _blocking(
    turn: Turn,
    guest: _native.Handle | None,
    operation: str,
    arguments: dict[str, Any],
    cancel: CancelToken,
    parts: tuple[list[str], Any, Any, Any] | None,
    look_out: bool,
) -> Any:
    over = threading.Event()
    outcome: _Outcome = []

    def done(answer: Any, error: BaseException | None) -> None:
        outcome.append((answer, error))
        over.set()

    # Before it begins: a token that was cancelled already cancels it at once.
    cancel._enter(turn.stop)  # pyright: ignore[reportPrivateUsage]
    try:
        _native.invoke(guest, operation, arguments, parts, turn.stop, done, look_out)
        try:
            over.wait()
        except BaseException:
            # An interrupt from the keyboard: the guest has stopped before it goes on.
            turn.stop.stop()
            over.wait()
            outcome.clear()
            raise
    finally:
        cancel._leave(turn.stop)  # pyright: ignore[reportPrivateUsage]
    return _answer(outcome)


def _parts(side: Side, guest: _native.Handle | None) -> tuple[list[str], Any, Any, Any] | None:
    # A guest has its callbacks since it was opened.
    return side.parts() if guest is None else None


def _answer(outcome: _Outcome) -> Any:
    answer, error = outcome.pop()
    if error is None:
        return answer
    try:
        raise error
    finally:
        del error
