# Owns the classes that are plain data with methods: a policy, a capability, and whatever is made by naming its parts.
# They compare and print by value, and pickle; what their methods are is generated.
from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any, TypeVar

from ._calls import plain

T = TypeVar("T")


class Data:
    """A value of the native part, which knows what it means."""

    __slots__ = ("_value",)
    _value: Mapping[str, Any]

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} is made by its class methods, not called")

    @classmethod
    def _of(cls: type[T], value: Mapping[str, Any]) -> T:
        made = cls.__new__(cls)
        made._value = value  # type: ignore[attr-defined]
        return made

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._value == self._value  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(json.dumps(self._value, sort_keys=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._of, (self._value,)

    def to_dict(self) -> dict[str, Any]:
        """The document as a dict."""
        effective = self._value.get("effective")
        return json.loads(effective) if effective is not None else dict(self._value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({json.dumps(self.to_dict(), sort_keys=True)})"


class Named:
    """What is told by its constructor's arguments, which every operation is given."""

    def __init__(self, operation: str, arguments: dict[str, Any]) -> None:
        self._this = arguments
        if operation:
            plain(operation, arguments)

    def _now(self, operation: str, arguments: dict[str, Any]) -> Any:
        return plain(operation, {**self._this, **arguments})


def given(**arguments: Any) -> dict[str, Any]:
    """The arguments that were given, in the native part's form."""
    return {name: native(value) for name, value in arguments.items() if value is not None}


def native(value: Any) -> Any:
    """Policies and capabilities as data, paths as text; everything else is as it is."""
    if isinstance(value, Data):
        return value._value  # pyright: ignore[reportPrivateUsage]
    if isinstance(value, PathLike):
        return fspath(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def paths(values: Any) -> Any:
    """Each of a list in the native part's form."""
    return [native(one) for one in values] if isinstance(values, (list, tuple)) else values  # pyright: ignore


def ms(seconds: float | None) -> float | None:
    """Seconds as milliseconds; what is no number is left to the native part to refuse."""
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
        # Seconds such as 0.1 have no exact form; what they miss is no reason for one millisecond more.
        return round(seconds * 1000, 6)
    return seconds


def first(values: list[Any]) -> Any:
    """The only one of a list; None where there is none."""
    return values[0] if values else None
