# Owns SandboxPool for threads. What it promises is said in `_pool.py`, and decided in `_stock.py`.
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

from ._errors import make
from ._generated.sync import Session, WasmSandbox
from ._pool import Pool
from ._stock import gone

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ._generated.types import Source

G = TypeVar("G", WasmSandbox, Session)


class SandboxPool(Pool[G]):
    """Keeps sandboxes, or sessions of a source language, open for any number of threads.

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

    def initialize(self) -> None:
        """Opens sandboxes until there are `min_size`. Without it the first callers do."""
        while self._stock.room():
            self._opened(lent=False)

    def acquire(self) -> G:
        """Lends one: ``with pool.acquire() as sandbox``, or to be given back by `release`. Whoever asks first gets the
        first that is free.

        Raises:
            LifecycleError ``busy`` when none is free within `acquire_timeout`, ``closed``; whatever opening raises.
        """
        settled = threading.Event()
        claim = self._stock.claim(settled.set)
        try:
            if not claim.settled:
                settled.wait(self._patience)
        except BaseException:
            if not self._stock.withdraw(claim):
                self._stock.unused(claim)
            raise
        if not claim.settled and self._stock.withdraw(claim):
            raise self._late()
        if claim.closed:
            raise gone()
        return claim.pooled or self._opened(lent=True)

    def release(self, sandbox: G) -> None:
        """Takes one back and puts it to its state after opening. One whose call still runs, or that cannot be
        reset, is closed, and replaced when another is wanted.

        Raises:
            UsageError ``invalid_argument`` for what the pool has not lent.
        """
        self._came_back(sandbox)
        try:
            if not sandbox._side.at_rest():  # pyright: ignore[reportPrivateUsage]
                raise make("busy", "Busy: it still runs")
            sandbox.reset()
        except BaseException as error:
            try:
                sandbox.dispose()
            finally:
                self._stock.lost(sandbox)
            if not isinstance(error, Exception):
                raise
        else:
            self._stock.reset(sandbox)

    def dispose(self) -> None:
        """Closes every sandbox, lent ones too; whoever waits for one gets ``closed``. It may be called again."""
        for sandbox in self._stock.close():
            sandbox.dispose()

    def __enter__(self) -> Self:
        try:
            self.initialize()
        except BaseException:
            self.dispose()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dispose()

    def _opened(self, *, lent: bool) -> G:
        try:
            sandbox = cast("G", self._open())
        except BaseException:
            self._stock.failed()
            raise
        sandbox._keeper = self  # pyright: ignore[reportPrivateUsage]
        if not self._stock.opened(sandbox, lent=lent):
            sandbox.dispose()
            raise gone()
        return sandbox
