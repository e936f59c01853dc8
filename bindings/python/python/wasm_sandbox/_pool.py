# Owns what pools are: their numbers, and the objects that stand for their sandboxes; for asyncio and for threads. Which
# sandbox is lent to whom, and when one is opened, reset or closed, is the native part's business; what the methods are
# called is generated.
from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import _native
from ._calls import CancelToken, invoke, invoke_now, plain
from ._download import asked, fetch_now
from ._guests import Handle
from ._host import Side, inside

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

G = TypeVar("G", bound=Handle)


class Pool(Generic[G]):
    """A pool of the native part, and the objects that stand for its sandboxes.

    ``kinds``: the class of a module's sandboxes, and that of sessions; ``fetching``: how what is at an address is
    fetched; ``callbacks`` are given with each that is opened.
    """

    def __init__(
        self,
        kinds: tuple[type[Handle], type[Handle]],
        options: dict[str, Any],
        fetching: dict[str, Any],
        callbacks: Mapping[str, Any],
    ) -> None:
        source, of_policy = options.get("source"), {name: options.get(name) for name in ("policy", "limits")}
        self._download = asked(source=source, **of_policy, **fetching)
        if self._download is not None:
            # What is fetched comes later.
            source = b""
        elif isinstance(source, (bytearray, memoryview)):
            # A copy, since it may be written to before the last sandbox is opened.
            source = bytes(source)  # pyright: ignore[reportUnknownArgumentType]
        # What is not fetched has no way of being fetched: the native part refuses it by its name.
        unfetched = fetching if self._download is None else {}
        self._options = {**options, **unfetched, **({} if source is None else {"source": source})}
        self._kind: Any = kinds[0] if options.get("language") is None else kinds[1]
        self._callbacks, self._least = callbacks, options.get("minSize")
        self._begin()

    def _begin(self) -> None:
        """Nothing is here: at the start, and in a process that was forked, where nothing of the parent's works."""
        self._process = os.getpid()
        # By the numbers of the native pool, which are used again; and calls that are about no guest.
        self._guests: dict[int, G] = {}
        self._side, self._fetch_lock = Side({}), threading.Lock()
        self._native: _native.Pool = plain("SandboxPool.constructor", {"options": self._options})

    def _here(self) -> _native.Pool:
        if self._process != os.getpid():
            self._begin()
        return self._native

    def _now(self, operation: str, arguments: dict[str, Any]) -> Any:
        return _native.invoke_now(self._here(), operation, arguments)

    def _fetch(self) -> None:
        """Brings the module of an address, once."""
        native = self._here()
        with self._fetch_lock:
            if self._download is None:
                return
            self._options["source"] = fetch_now(self._download)
            _native.invoke_now(native, "SandboxPool.fill", {"source": self._options["source"]})
            self._download = None

    def _taken(self, lent: _native.Lent | None, side: Side) -> G | None:
        """The object that stands for what is lent, made when it was opened for this caller."""
        if lent is None:
            return None
        number, opened = lent.take()
        if opened is not None:
            made = self._kind._of(opened, side)
            made._keeper, made._number = self, number
            self._guests[number] = made
        return self._guests[number]

    def _returned(self, sandbox: G) -> dict[str, Any]:
        """What is told of one that comes back; nothing of what is another's."""
        number = getattr(sandbox, "_number", None)
        return {} if number is None or self._guests.get(number) is not sandbox else {"number": number}

    def _keep(self, sandbox: G) -> None:
        """One that was opened in advance is back, unused."""
        self._now("SandboxPool.keep", {"number": sandbox._number})  # pyright: ignore[reportPrivateUsage]


class AsyncPool(Pool[G]):
    """For asyncio, on any event loop."""

    async def _initialize(self) -> None:
        while self._least and (sandbox := await self._lend("SandboxPool.initialize")) is not None:
            self._keep(sandbox)

    def _acquire(self) -> Acquiring[G]:
        return Acquiring(self)

    async def _release(self, sandbox: G) -> None:
        await self._invoke("SandboxPool.release", self._returned(sandbox))

    async def _dispose(self) -> None:
        await self._invoke("SandboxPool.dispose", {})

    async def _invoke(self, operation: str, arguments: dict[str, Any]) -> Any:
        return await invoke(self._side, self._here(), operation, arguments)

    async def _lend(self, operation: str) -> G | None:
        native = self._here()
        if self._download is not None:
            await asyncio.to_thread(self._fetch)
        side = Side(self._callbacks)
        return self._taken(await invoke(side, native, operation, {}, side), side)

    async def __aenter__(self) -> Self:
        try:
            await self._initialize()
        except BaseException:
            await self._dispose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._dispose()


class Acquiring(Generic[G]):
    """A sandbox of a pool, asked for: to be awaited, or to be entered and given back at the end."""

    __slots__ = ("_pool", "_sandbox")

    def __init__(self, pool: AsyncPool[G]) -> None:
        self._pool = pool

    async def _acquired(self) -> G:
        sandbox = await self._pool._lend("SandboxPool.acquire")  # pyright: ignore[reportPrivateUsage]
        assert sandbox is not None
        return sandbox

    def __await__(self) -> Generator[Any, None, G]:
        return self._acquired().__await__()

    async def __aenter__(self) -> G:
        self._sandbox = await self
        return self._sandbox

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool._release(self._sandbox)  # pyright: ignore[reportPrivateUsage]


class SyncPool(Pool[G]):
    """For threads."""

    def _initialize(self) -> None:
        while self._least and (sandbox := self._lend("SandboxPool.initialize")) is not None:
            self._keep(sandbox)

    def _acquire(self, cancel: CancelToken | None = None) -> G:
        sandbox = self._lend("SandboxPool.acquire", cancel)
        assert sandbox is not None
        return sandbox

    def _release(self, sandbox: G) -> None:
        self._invoke("SandboxPool.release", self._returned(sandbox))

    def _dispose(self) -> None:
        over = threading.Event()
        stop, name = _native.Stop(0, 0), "SandboxPool.dispose"
        _native.invoke(self._here(), name, {}, None, stop, lambda _answer, _error: over.set())
        # A host function of one of them cannot wait for its end.
        if not any(inside(sandbox._guest) for sandbox in tuple(self._guests.values())):  # pyright: ignore
            over.wait()

    def _invoke(self, operation: str, arguments: dict[str, Any], cancel: CancelToken | None = None) -> Any:
        return invoke_now(self._side, self._here(), operation, arguments, cancel)

    def _lend(self, operation: str, cancel: CancelToken | None = None) -> G | None:
        native = self._here()
        # Who has been cancelled already need not wait for it.
        if self._download is not None and not (cancel and cancel.cancelled):
            self._fetch()
        side = Side(self._callbacks)
        return self._taken(invoke_now(side, native, operation, {}, cancel, side), side)

    def __enter__(self) -> Self:
        try:
            self._initialize()
        except BaseException:
            self._dispose()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dispose()
