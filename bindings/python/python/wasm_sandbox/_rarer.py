# Owns the values that cross and are none of the plain kinds: what they are in plain ones, or why they cannot cross.
# Called by the native part, which makes the refusal with the place of the value.
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, cast

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def plain(given: Any) -> tuple[Any] | tuple[int, int] | str:
    """The value in plain ones, alone in a tuple; of a datetime the microseconds since 1970 and the minutes east of UTC;
    or why it cannot cross. What the caller's own code raises meanwhile is the caller's."""
    if isinstance(given, memoryview):
        return (given.tobytes(),)
    if isinstance(given, datetime):
        return _parts(given)
    if isinstance(given, (set, frozenset)):
        return (list(given),)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(given, Mapping):
        return (dict(given),)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if callable(given):
        return "a function cannot be passed"
    if hasattr(given, "__await__"):
        return "an awaitable cannot be passed; await it first"
    if hasattr(given, "tolist"):
        # Arrays, also those of other packages, and their scalars.
        return (given.tolist(),)
    kind = cast("type[object]", type(given))
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"a {name} cannot be passed".encode(errors="replace").decode()


def _parts(given: datetime) -> tuple[int, int] | str:
    offset = given.utcoffset()
    if offset is None:
        return "a datetime without a time zone cannot be passed; give it one"
    if abs(offset) >= timedelta(days=1):
        return "a datetime whose offset is a day or more cannot be passed"
    return (given - _EPOCH) // timedelta(microseconds=1), offset // timedelta(minutes=1)


def moment(micros: int, minutes: int) -> datetime:
    """The datetime of both. What lies outside of Python's years is an OverflowError."""
    utc = _EPOCH + timedelta(microseconds=micros)
    return utc.astimezone(timezone(timedelta(minutes=minutes))) if minutes else utc
