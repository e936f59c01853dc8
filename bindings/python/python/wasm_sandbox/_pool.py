# Owns what pools for asyncio and for threads (`_sync_pool.py`) share, and the one for asyncio. Which sandbox is lent to
# whom, and when one is opened, reset or closed, is the native part's business; here are its numbers, and the objects
# that stand for them.
from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import Generator, Mapping
from math import inf
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

from . import _native
from ._calls import CancelToken, invoke, plain
from ._download import fetch_now
from ._generated import aio, sync
from ._generated.aio import Session, WasmSandbox
from ._generated.types import PoolStats
from ._guests import Handle
from ._host import Side
from ._values import given, ms

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ._generated.types import Source

H = TypeVar("H", bound=Handle)
G = TypeVar("G", WasmSandbox, Session)


class _Asked:
    """Stands in for a class of guests: tells what would be opened, in the native part's form."""

    @staticmethod
    def _open(
        _operation: str, arguments: dict[str, Any], callbacks: Mapping[str, Any], cancel: CancelToken | None
    ) -> tuple[dict[str, Any], Mapping[str, Any], CancelToken | None]:
        return arguments["options"], callbacks, cancel


class Pool(Generic[H]):
    """A pool of the native part, and the objects that stand for its sandboxes."""

    def __init__(
        self,
        guests: Any,
        source: Any,
        *,
        language: str | None = None,
        min_size: int | None = None,
        max_size: int | None = None,
        idle_timeout: float | None = None,
        acquire_timeout: float | None = 30.0,
        **options: Any,
    ) -> None:
        builder = sync.SandboxBuilder().security_policy(options.get("policy")).limits(options.get("limits"))
        how = {name: options[name] for name in inspect.signature(builder.source).parameters if name in options}
        self._download = builder.source(source, **how)._download()  # pyright: ignore[reportPrivateUsage]
        if self._download is not None:
            # What is fetched comes later.
            source = b""
            options = {name: value for name, value in options.items() if name not in how}
        # What does not exist is a TypeError, here and not when the first is opened.
        inspect.signature(guests.WasmSandbox.from_bytes).bind(b"", **options)
        asked: Any = sync.WasmSandbox.from_bytes.__func__  # type: ignore[attr-defined]
        opening, self._callbacks, self._cancel = asked(_Asked, b"", **options)
        if isinstance(source, (bytearray, memoryview)):
            # A copy, since it may be written to before the last sandbox is opened.
            source = bytes(cast("bytes", source))
        self._kind: type[H] = guests.WasmSandbox if language is None else guests.Session
        patience = inf if acquire_timeout is None else ms(acquire_timeout)
        sizes = given(minSize=min_size, maxSize=max_size, idleTimeoutMs=ms(idle_timeout), acquireTimeoutMs=patience)
        self._options: dict[str, Any] = {**opening, **given(source=source, language=language), **sizes}
        self._least = min_size
        self._begin()

    def _begin(self) -> None:
        """Nothing is here: at the start, and in a process that was forked, where nothing of the parent's works."""
        self._process = os.getpid()
        # By the numbers of the native pool, which are used again; and calls that are about no guest.
        self._guests: dict[int, H] = {}
        self._side, self._fetch_lock = Side({}), threading.Lock()
        self._native: _native.Pool = plain("SandboxPool.constructor", {"options": self._options})

    def _here(self) -> _native.Pool:
        if self._process != os.getpid():
            self._begin()
        return self._native

    @property
    def stats(self) -> PoolStats:
        """Sizes at this moment."""
        return PoolStats._read(self._now("stats"))  # pyright: ignore[reportPrivateUsage]

    def _now(self, method: str, **arguments: Any) -> Any:
        return _native.invoke_now(self._here(), f"SandboxPool.{method}", arguments, None)

    def _fetch(self) -> None:
        """Brings the module of an address, once."""
        native = self._here()
        with self._fetch_lock:
            if self._download is None:
                return
            self._options["source"] = fetch_now(self._download)
            _native.invoke_now(native, "SandboxPool.fill", {"source": self._options["source"]}, None)
            self._download = None

    def _taken(self, lent: _native.Lent | None, side: Side) -> H | None:
        """The object that stands for what is lent, made when it was opened for this caller."""
        if lent is None:
            return None
        number, opened = lent.take()
        if opened is not None:
            made = self._kind._of(opened, side)  # pyright: ignore[reportPrivateUsage]
            made._keeper, made._number = self, number  # pyright: ignore[reportPrivateUsage]
            self._guests[number] = made
        return self._guests[number]

    def _returned(self, sandbox: H) -> dict[str, Any]:
        """What is told of one that comes back. One that a host function is waiting in stays where it is."""
        number = getattr(sandbox, "_number", None)
        if number is None or self._guests.get(number) is not sandbox:
            return {}
        sandbox._side.outside()  # pyright: ignore[reportPrivateUsage]
        return {"number": number}


class SandboxPool(Pool[G]):
    """Keeps sandboxes, or sessions of a source language, open for whoever comes next, on any event loop.

    Args:
        source: A module: path, https address or bytes.
        language: Or ``python``, ``javascript`` or ``typescript``, whose sessions it keeps.
        min_size: How many `initialize` opens, and how many are kept when nobody wants them.
        max_size: How many there are at most.
        idle_timeout: Seconds after which one that nobody wanted is closed, as long as more than `min_size` are open.
        acquire_timeout: Seconds for which `acquire` waits for one before it is ``busy``; None: for ever.
        options: What each is opened with, as `WasmSandbox.from_file`, `from_url` or `python` takes it.

    Raises:
        UsageError ``invalid_argument`` for sizes and sources that make no sense.
    """

    @overload
    def __init__(
        self: SandboxPool[WasmSandbox],
        source: Source,
        *,
        min_size: int = 0,
        max_size: int = 10,
        idle_timeout: float = 60.0,
        acquire_timeout: float | None = 30.0,
        **options: Any,
    ) -> None: ...
    @overload
    def __init__(
        self: SandboxPool[Session],
        *,
        language: Literal["python", "javascript", "typescript"],
        min_size: int = 0,
        max_size: int = 10,
        idle_timeout: float = 60.0,
        acquire_timeout: float | None = 30.0,
        **options: Any,
    ) -> None: ...
    def __init__(self, source: Any = None, **options: Any) -> None:
        super().__init__(aio, source, **options)

    async def initialize(self) -> None:
        """Opens sandboxes until there are `min_size`. Without it the first callers do."""
        while self._least and (sandbox := await self._lend("initialize")) is not None:
            self._now("keep", number=sandbox._number)  # pyright: ignore[reportPrivateUsage]

    def acquire(self) -> Acquiring[G]:
        """Lends one: ``async with pool.acquire() as sandbox``, or ``sandbox = await pool.acquire()``, to be given back
        by `release`. Whoever asks first gets the first that is free.

        Raises:
            LifecycleError ``busy`` when none is free within `acquire_timeout`, ``closed``; whatever opening raises.
        """
        return Acquiring(self)

    async def release(self, sandbox: G) -> None:
        """Takes one back and puts it to its state after opening. One whose call still runs, or that cannot be
        reset, is closed, and replaced when another is wanted.

        Raises:
            UsageError ``invalid_argument`` for what the pool has not lent; LifecycleError ``busy`` from a host
                function that it waits for.
        """
        await self._invoke("release", self._returned(sandbox))

    async def dispose(self) -> None:
        """Closes every sandbox, lent ones too; whoever waits for one gets ``closed``. It may be called again."""
        await self._invoke("dispose", {})

    async def __aenter__(self) -> Self:
        try:
            await self.initialize()
        except BaseException:
            await self.dispose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.dispose()

    async def _acquire(self) -> G:
        return cast("G", await self._lend("acquire"))

    async def _lend(self, method: str) -> G | None:
        native = self._here()
        if self._download is not None:
            await asyncio.to_thread(self._fetch)
        side = Side(self._callbacks)
        return self._taken(await invoke(side, native, f"SandboxPool.{method}", {}, side), side)

    async def _invoke(self, method: str, arguments: dict[str, Any]) -> None:
        await invoke(self._side, self._here(), f"SandboxPool.{method}", arguments)


class Acquiring(Generic[G]):
    """A sandbox of a pool, asked for: to be awaited, or to be entered and given back at the end."""

    __slots__ = ("_pool", "_sandbox")

    def __init__(self, pool: SandboxPool[G]) -> None:
        self._pool = pool

    def __await__(self) -> Generator[Any, None, G]:
        return self._pool._acquire().__await__()  # pyright: ignore[reportPrivateUsage]

    async def __aenter__(self) -> G:
        self._sandbox = await self
        return self._sandbox

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.release(self._sandbox)
