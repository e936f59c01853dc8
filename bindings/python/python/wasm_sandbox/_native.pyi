# The native part; see bindings/python/src.
from collections.abc import Callable
from os import PathLike
from typing import Any, final

@final
class Guest:
    def inside(self, frame: int) -> bool: ...
    @property
    def elsewhere(self) -> bool: ...
    @property
    def disposed(self) -> bool: ...

@final
class Pool:
    def inside(self, frame: int) -> bool: ...

@final
class Stop:
    def __new__(cls, tag: int, from_: int, /) -> Stop: ...
    def stop(self) -> None: ...

@final
class Reply:
    def settle(self, value: object) -> None: ...
    def fail(self, error: BaseException) -> None: ...

def invoke(
    target: Guest | Pool | None,
    operation: str,
    arguments: dict[str, Any],
    host: tuple[list[str], Any, Any, Any] | None,
    stop: Stop,
    done: Callable[[Any, BaseException | None], object],
    look_out: bool = False,
) -> None: ...
def invoke_now(
    target: Guest | Pool | None,
    operation: str,
    arguments: dict[str, Any],
    host: tuple[list[str], Any, Any, Any] | None = None,
    stop: Stop | None = None,
) -> Any: ...
def called_within(frame: int, outer: int) -> None: ...
def packs_in(folder: PathLike[str]) -> None: ...
def forked() -> None: ...
def shut_down() -> None: ...
