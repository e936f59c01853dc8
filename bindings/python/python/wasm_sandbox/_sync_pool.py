# Owns SandboxPool for threads. What it shares with the one for asyncio is in `_pool.py`.
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

from . import _native
from ._calls import invoke_now
from ._generated import sync
from ._generated.sync import Session, WasmSandbox
from ._host import Side
from ._pool import Pool

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
    def __init__(self, source: Any = None, **options: Any) -> None:
        super().__init__(sync, source, **options)

    def initialize(self) -> None:
        """Opens sandboxes until there are `min_size`. Without it the first callers do."""
        while self._least and (sandbox := self._lend("initialize")) is not None:
            self._now("keep", number=sandbox._number)  # pyright: ignore[reportPrivateUsage]

    def acquire(self) -> G:
        """Lends one: ``with pool.acquire() as sandbox``, or to be given back by `release`. Whoever asks first gets the
        first that is free.

        Raises:
            LifecycleError ``busy`` when none is free within `acquire_timeout`, ``closed``; whatever opening raises.
        """
        return cast("G", self._lend("acquire"))

    def release(self, sandbox: G) -> None:
        """Takes one back and puts it to its state after opening. One whose call still runs, or that cannot be
        reset, is closed, and replaced when another is wanted.

        Raises:
            UsageError ``invalid_argument`` for what the pool has not lent; LifecycleError ``busy`` from a host
                function that it waits for.
        """
        self._now("release", **self._returned(sandbox))

    def dispose(self) -> None:
        """Closes every sandbox, lent ones too; whoever waits for one gets ``closed``. It may be called again."""
        over = threading.Event()
        stop, name = _native.Stop(), "SandboxPool.dispose"
        _native.invoke(self._here(), name, {}, None, stop, lambda _answer, _error: over.set())
        # A host function of one of them cannot wait for its end.
        if not any(sandbox._side.inside() for sandbox in tuple(self._guests.values())):  # pyright: ignore
            over.wait()

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

    def _lend(self, method: str) -> G | None:
        native = self._here()
        if self._download is not None:
            self._fetch()
        side = Side(self._callbacks)
        return self._taken(invoke_now(side, native, f"SandboxPool.{method}", {}, self._cancel, side), side)
