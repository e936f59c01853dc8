# Owns what the generated guest classes are made on: the handle, its calls, its end, context managers, and the steps of
# the sandbox builder. Each for asyncio and for threads; what the methods are called is generated.
from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _download, _native
from ._calls import CancelToken, end, invoke, invoke_now
from ._host import Side

if TYPE_CHECKING:
    from typing_extensions import Self


class Handle:
    """One open guest with the host's side of it."""

    __slots__ = ("__weakref__", "_guest", "_keeper", "_side")
    _guest: _native.Handle
    # The pool that it is given back to at the end of a `with`, instead of being disposed of.
    _keeper: Any
    _side: Side

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} is opened by its class methods, not called")

    @classmethod
    def _of(cls, guest: _native.Handle, side: Side, keeper: Any = None) -> Self:
        made = cls.__new__(cls)
        made._guest, made._keeper, made._side = guest, keeper, side
        return made

    def _is_disposed(self) -> bool:
        return self._guest.elsewhere or self._now("disposed", {})

    def _now(self, operation: str, arguments: dict[str, Any]) -> Any:
        """What takes no time, and waits for nobody's turn."""
        return _native.invoke(self._guest, operation, arguments)

    def _prepare(self, name: str) -> Any:
        return self._now("prepare", {"name": name})

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{' disposed' if self._is_disposed() else ''}>"


class AsyncHandle(Handle):
    """For asyncio, on any event loop."""

    __slots__ = ()

    @classmethod
    async def _open(cls, operation: str, arguments: dict[str, Any], callbacks: Mapping[str, Any]) -> Self:
        side = Side(callbacks)
        return cls._of(await invoke(side, None, operation, arguments), side)

    async def _fork(self, operation: str, arguments: dict[str, Any]) -> Self:
        return self._of(await self._invoke(operation, arguments), self._side)

    async def _invoke(self, operation: str, arguments: dict[str, Any]) -> Any:
        return await invoke(self._side, self._guest, operation, arguments)

    async def _dispose(self) -> None:
        if not self._guest.elsewhere:
            await self._invoke("dispose", {})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await (self._dispose() if self._keeper is None else self._keeper._release(self))


class SyncHandle(Handle):
    """For threads: every call blocks the one that makes it, and only that one."""

    __slots__ = ()

    @classmethod
    def _open(
        cls, operation: str, arguments: dict[str, Any], callbacks: Mapping[str, Any], cancel: CancelToken | None = None
    ) -> Self:
        side = Side(callbacks)
        return cls._of(invoke_now(side, None, operation, arguments, cancel), side)

    def _fork(self, operation: str, arguments: dict[str, Any]) -> Self:
        return self._of(self._invoke(operation, arguments), self._side)

    def _invoke(self, operation: str, arguments: dict[str, Any], cancel: CancelToken | None = None) -> Any:
        return invoke_now(self._side, self._guest, operation, arguments, cancel)

    def _dispose(self) -> None:
        if not self._guest.elsewhere:
            end(self._guest, "dispose")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is None:
            self._dispose()
        else:
            self._keeper._release(self)


class Steps:
    """What a builder was told, in order; the native part makes of it what it builds."""

    def __init__(self) -> None:
        self._steps: list[list[Any]] = []
        self._callbacks: dict[str, Any] = {}
        self._module: Any = None
        self._fetching: dict[str, Any] = {}

    def _step(self, name: str, arguments: dict[str, Any]) -> Self:
        self._steps.append([name, arguments])
        return self

    def _callback(self, name: str, callback: Any) -> Self:
        if callback is not None:
            self._callbacks[name] = callback
        return self

    def _source(self, arguments: dict[str, Any], fetching: dict[str, Any]) -> Self:
        self._module = arguments.get("source", self._module)
        self._fetching = fetching or self._fetching
        return self._step("source", arguments)

    def _download(self) -> dict[str, Any] | None:
        return _download.asked(source=self._module, steps=self._steps, **self._fetching)

    async def _fetched(self) -> list[list[Any]]:
        download = self._download()
        return self._steps if download is None else self._with(await _download.fetch(download))

    def _fetched_now(self) -> list[list[Any]]:
        download = self._download()
        return self._steps if download is None else self._with(_download.fetch_now(download))

    def _with(self, module: bytes) -> list[list[Any]]:
        return [*self._steps, ["source", {"source": module}]]
