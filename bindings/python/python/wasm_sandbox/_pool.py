# Owns what pools are in Python, for asyncio and for threads. Which sandbox is lent to whom, and when one is opened,
# reset or closed, is the native part's business; what the methods are called is generated.
from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import _native
from ._calls import CancelToken, end, invoke, invoke_now
from ._download import asked, fetch_now
from ._guests import Handle
from ._host import Side

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

G = TypeVar("G", bound=Handle)


class Pool(Generic[G]):
    """A pool of the native part.

    ``kinds``: the class of a module's sandboxes, and that of sessions; ``fetching``: how what is at an address is
    fetched; ``callbacks`` are those of each that is opened.
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
        self._side, self._least = Side(callbacks), options.get("minSize")
        self._begin()

    def _begin(self) -> None:
        """Nothing is here: at the start, and in a process that was forked, where nothing of the parent's works."""
        self._process, self._fetch_lock = os.getpid(), threading.Lock()
        made = invoke_now(self._side, None, "SandboxPool.constructor", {"options": self._options})
        self._native: _native.Handle = made

    def _here(self) -> _native.Handle:
        if self._process != os.getpid():
            self._begin()
        return self._native

    def _now(self, operation: str, arguments: dict[str, Any]) -> Any:
        return _native.invoke(self._here(), operation, arguments)

    def _fetch(self) -> None:
        """Brings the module of an address, once."""
        native = self._here()
        with self._fetch_lock:
            if self._download is None:
                return
            self._options["source"] = fetch_now(self._download)
            _native.invoke(native, "SandboxPool.fill", {"source": self._options["source"]})
            self._download = None

    def _lent(self, guest: _native.Handle) -> G:
        return self._kind._of(guest, self._side, self)


def _number(sandbox: Any) -> dict[str, Any]:
    # Whatever else is given back has never been lent.
    return {"number": sandbox._now("loan", {}) if isinstance(sandbox, Handle) else 0}


class AsyncPool(Pool[G]):
    """For asyncio, on any event loop."""

    async def _initialize(self) -> None:
        if self._least:
            await self._filled("SandboxPool.initialize")

    def _acquire(self) -> Acquiring[G]:
        return Acquiring(self)

    async def _acquired(self) -> G:
        return self._lent(await self._filled("SandboxPool.acquire"))

    async def _release(self, sandbox: G) -> None:
        await self._invoke("SandboxPool.release", _number(sandbox))
        sandbox._keeper = None  # pyright: ignore[reportPrivateUsage]

    async def _dispose(self) -> None:
        await self._invoke("SandboxPool.dispose", {})

    async def _invoke(self, operation: str, arguments: dict[str, Any]) -> Any:
        return await invoke(self._side, self._here(), operation, arguments)

    async def _filled(self, operation: str) -> Any:
        """Does what opens some."""
        if self._download is not None:
            await asyncio.to_thread(self._fetch)
        return await self._invoke(operation, {})

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

    def __await__(self) -> Generator[Any, None, G]:
        return self._pool._acquired().__await__()  # pyright: ignore[reportPrivateUsage]

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
        if self._least:
            self._filled("SandboxPool.initialize")

    def _acquire(self, cancel: CancelToken | None = None) -> G:
        return self._lent(self._filled("SandboxPool.acquire", cancel))

    def _release(self, sandbox: G) -> None:
        self._invoke("SandboxPool.release", _number(sandbox))
        sandbox._keeper = None  # pyright: ignore[reportPrivateUsage]

    def _dispose(self) -> None:
        end(self._here(), "SandboxPool.dispose")

    def _invoke(self, operation: str, arguments: dict[str, Any], cancel: CancelToken | None = None) -> Any:
        return invoke_now(self._side, self._here(), operation, arguments, cancel)

    def _filled(self, operation: str, cancel: CancelToken | None = None) -> Any:
        # Who has been cancelled already need not wait for it.
        if self._download is not None and not (cancel and cancel.cancelled):
            self._fetch()
        return self._invoke(operation, {}, cancel)

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
