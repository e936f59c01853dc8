# Owns what the native part knows of datetimes: microseconds since 1970 and minutes east of UTC. Called from there.
from __future__ import annotations

from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parts(given: datetime) -> tuple[int, int] | None:
    """None without a time zone."""
    offset = given.utcoffset()
    return None if offset is None else ((given - _EPOCH) // timedelta(microseconds=1), offset // timedelta(minutes=1))


def moment(micros: int, minutes: int) -> datetime:
    """What lies outside of Python's years is an OverflowError."""
    utc = _EPOCH + timedelta(microseconds=micros)
    return utc.astimezone(timezone(timedelta(minutes=minutes))) if minutes else utc
