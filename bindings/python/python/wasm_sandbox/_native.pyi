# The native part; see bindings/python/src.
from collections.abc import Callable
from typing import Any, final

@final
class Guest:
    def prepare(self, name: str) -> Callable[..., Any]: ...
    def dispose(self, done: Callable[[None, None], object]) -> None: ...
    @property
    def disposed(self) -> bool: ...

@final
class Pool: ...

@final
class Lent:
    def take(self) -> tuple[int, Guest | None]: ...

@final
class Stop:
    def __new__(cls) -> Stop: ...
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
    done: Callable[[Any, str | None], object],
    look_out: bool = False,
) -> None: ...
def invoke_now(
    target: Guest | Pool | None,
    operation: str,
    arguments: dict[str, Any],
    host: tuple[list[str], Any, Any, Any] | None,
) -> Any: ...
def forked() -> None: ...
def shut_down() -> None: ...
