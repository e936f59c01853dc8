# Owns SandboxPool for asyncio, and what it shares with the one for threads (`_sync_pool.py`): its settings and the
# words of its errors. Every sandbox is put back to its state after opening before it is lent again; what cannot be is
# closed. Who gets which one is decided in `_stock.py`.
from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

from ._errors import make, refused
from ._generated.aio import Session, WasmSandbox
from ._guests import Handle
from ._stock import Claim, PoolStats, Stock, gone

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ._generated.types import Source

H = TypeVar("H", bound=Handle)
G = TypeVar("G", WasmSandbox, Session)


class Pool(Generic[H]):
    """What a pool is told when it is made, and its sizes."""

    def __init__(
        self,
        kind: type[Any],
        source: object,
        language: str | None,
        sizes: tuple[int, int],
        times: tuple[float, float | None],
        options: dict[str, Any],
    ) -> None:
        (least, most), (idle_timeout, self._patience) = sizes, times
        if least < 0:
            raise refused("$.minSize", f"it is 0 or more; {least} was given")
        if most < 1 or least > most:
            raise refused("$.maxSize", f"it is at least 1 and not below minSize, which is {least}; {most} was given")
        for name, seconds in (("idleTimeout", idle_timeout), ("acquireTimeout", self._patience)):
            if seconds is not None and not seconds >= 0:
                raise refused(f"$.{name}", f"it is 0 seconds or more; {seconds} was given")
        self._open = _opener(kind, source, language, options)
        self._stock: Stock[H] = Stock(least, most, idle_timeout)

    @property
    def stats(self) -> PoolStats:
        """Sizes at this moment."""
        return self._stock.stats()

    def _late(self) -> Exception:
        seconds = self._patience or 0
        why = f"Busy: no sandbox of the pool was given back within {seconds:g} s (acquire_timeout)"
        return make("busy", why, details={"field": "acquireTimeoutMs", "limit": round(seconds * 1000)})

    def _came_back(self, sandbox: H) -> None:
        if not self._stock.returned(sandbox):
            raise refused("$.sandbox", "this pool has not lent it, or it was given back already")


def _opener(kind: type[Any], source: object, language: str | None, options: dict[str, Any]) -> Callable[[], Any]:
    """What opens one. Options that do not exist are refused here rather than when the first is opened."""
    if (source is None) == (language is None):
        raise refused("$.source", "a pool takes exactly one of source and language")
    if language is not None:
        if language not in ("python", "javascript", "typescript"):
            raise refused("$.language", f"{language!r} is none of python, javascript and typescript")
        by, given = getattr(kind, language), ()
    elif isinstance(source, (bytes, bytearray, memoryview)):
        # A copy, since a bytearray may be written to before the last sandbox is opened.
        by, given = kind.from_bytes, (bytes(cast("bytes", source)),)
    else:
        address = isinstance(source, str) and source.startswith(("https://", "http://"))
        by, given = (kind.from_url if address else kind.from_file), (source,)
    inspect.signature(by).bind(*given, **options)
    return lambda: by(*given, **options)


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
    def __init__(
        self,
        source: Any = None,
        *,
        language: str | None = None,
        min_size: int = 0,
        max_size: int = 10,
        idle_timeout: float = 60.0,
        acquire_timeout: float | None = 30.0,
        **options: Any,
    ) -> None:
        super().__init__(WasmSandbox, source, language, (min_size, max_size), (idle_timeout, acquire_timeout), options)

    async def initialize(self) -> None:
        """Opens sandboxes until there are `min_size`. Without it the first callers do."""
        while self._stock.room():
            await self._opened(lent=False)

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
            UsageError ``invalid_argument`` for what the pool has not lent.
        """
        self._came_back(sandbox)
        try:
            if not sandbox._side.at_rest():  # pyright: ignore[reportPrivateUsage]
                raise make("busy", "Busy: it still runs")
            await sandbox.reset()
        except BaseException as error:
            try:
                await sandbox.dispose()
            finally:
                self._stock.lost(sandbox)
            if not isinstance(error, Exception):
                raise
        else:
            self._stock.reset(sandbox)

    async def dispose(self) -> None:
        """Closes every sandbox, lent ones too; whoever waits for one gets ``closed``. It may be called again."""
        await asyncio.gather(*[sandbox.dispose() for sandbox in self._stock.close()])

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
        loop = asyncio.get_running_loop()
        settled = loop.create_future()
        claim = self._stock.claim(lambda: loop.call_soon_threadsafe(settled.set_result, None))
        try:
            if not claim.settled:
                await asyncio.wait([settled], timeout=self._patience)
        except BaseException:
            if not self._stock.withdraw(claim):
                self._stock.unused(claim)
            raise
        return await self._taken(claim)

    async def _taken(self, claim: Claim[G]) -> G:
        if not claim.settled and self._stock.withdraw(claim):
            raise self._late()
        if claim.closed:
            raise gone()
        return claim.pooled or await self._opened(lent=True)

    async def _opened(self, *, lent: bool) -> G:
        try:
            sandbox = cast("G", await self._open())
        except BaseException:
            self._stock.failed()
            raise
        sandbox._keeper = self  # pyright: ignore[reportPrivateUsage]
        if not self._stock.opened(sandbox, lent=lent):
            await sandbox.dispose()
            raise gone()
        return sandbox


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
