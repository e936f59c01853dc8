# Owns what a pool has and who waits for it: idle sandboxes, lent ones, places to open one in, callers in line. It
# decides under its lock; opening, resetting and waiting are the pool's business, outside of the lock.
from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ._errors import make
from ._guests import Handle

T = TypeVar("T", bound=Handle)


@dataclass(frozen=True)
class PoolStats:
    """What a pool has.

    Attributes:
        size: Sandboxes there are, lent or not, with those that are being opened or reset.
        idle: Those that wait to be lent.
        lent: Those that somebody has.
        waiting: Callers that wait for one.
        opened: How many were opened since the pool was made.
    """

    size: int
    idle: int
    lent: int
    waiting: int
    opened: int


class Claim(Generic[T]):
    """One caller's wish. It is settled with a sandbox, with a place to open one in, or by the pool's end."""

    __slots__ = ("closed", "pooled", "settled", "wake")

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.settled = self.closed = False
        self.pooled: T | None = None


class Stock(Generic[T]):
    """What a pool has and who waits for it."""

    def __init__(self, least: int, most: int, idle_timeout: float) -> None:
        self._least, self._most, self._idle_timeout = least, most, idle_timeout
        self._opened = 0
        self.closed = False
        self.forget()
        _stocks.add(self)

    def forget(self) -> None:
        """Nothing is here: at the start, and in a process that was forked, where nothing of the parent's works."""
        # Reentrant, because collecting a caller that was forgotten while it waited withdraws its claim, on any thread.
        self._lock = threading.RLock()
        self._idle: deque[tuple[T, float]] = deque()
        self._lent: list[T] = []
        self._resetting: list[T] = []
        self._waiting: deque[Claim[T]] = deque()
        self._size = 0
        self._timer: threading.Timer | None = None

    def claim(self, wake: Callable[[], object]) -> Claim[T]:
        """Asks for one. `wake` is called, on whichever thread, when a claim that was not settled at once is."""
        claim = Claim[T](wake)
        with self._lock:
            if self.closed:
                raise gone()
            while self._idle:
                # The one that was used last, so that the others become old.
                pooled, _ = self._idle.pop()
                if not pooled.disposed:
                    self._lent.append(pooled)
                    claim.pooled, claim.settled = pooled, True
                    return claim
                self._size -= 1
            if self._size < self._most:
                self._size += 1
                claim.settled = True
            else:
                self._waiting.append(claim)
            return claim

    def withdraw(self, claim: Claim[T]) -> bool:
        """Its caller goes; False: it was settled in this very moment."""
        with self._lock:
            if claim.settled:
                return False
            self._waiting.remove(claim)
            return True

    def unused(self, claim: Claim[T]) -> None:
        """Its caller has gone without touching what the claim was settled with."""
        with self._lock:
            if claim.pooled is not None:
                self._lent.remove(claim.pooled)
                self._rest(claim.pooled)
            elif not claim.closed:
                self._vacate()

    def room(self) -> bool:
        """Takes a place for one that is opened in advance, while there are fewer than the least."""
        with self._lock:
            if self.closed or self._size >= self._least:
                return False
            self._size += 1
            return True

    def opened(self, pooled: T, *, lent: bool) -> bool:
        """One was opened in a place that had been taken; False: the pool is gone."""
        with self._lock:
            self._opened += 1
            if self.closed:
                self._size -= 1
            elif lent:
                self._lent.append(pooled)
            else:
                self._rest(pooled)
            return not self.closed

    def failed(self) -> None:
        """None was opened in a place that had been taken."""
        with self._lock:
            self._vacate()

    def returned(self, pooled: T) -> bool:
        """It comes back, to be reset; False: nobody has it."""
        with self._lock:
            if pooled not in self._lent:
                return False
            # A host function that it waits for cannot wait for its reset.
            pooled._side.outside()  # pyright: ignore[reportPrivateUsage]
            self._lent.remove(pooled)
            self._resetting.append(pooled)
            return True

    def reset(self, pooled: T) -> None:
        """It can be lent again."""
        with self._lock:
            self._resetting.remove(pooled)
            self._rest(pooled)

    def lost(self, pooled: T) -> None:
        """It could not be reset, and was closed."""
        with self._lock:
            self._resetting.remove(pooled)
            self._vacate()

    def close(self) -> list[T]:
        """The pool goes: whoever waits is told; all that there are have to be closed. It may be called again."""
        with self._lock:
            self.closed = True
            while self._waiting:
                claim = self._waiting.popleft()
                claim.closed = True
                _settle(claim)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            return [*(pooled for pooled, _ in self._idle), *self._lent, *self._resetting]

    def stats(self) -> PoolStats:
        """Sizes at this moment."""
        with self._lock:
            if self.closed:
                return PoolStats(0, 0, 0, 0, self._opened)
            return PoolStats(self._size, len(self._idle), len(self._lent), len(self._waiting), self._opened)

    def _rest(self, pooled: T) -> None:
        """It goes to whoever has waited longest, or is idle."""
        while self._waiting and not self.closed:
            claim = self._waiting.popleft()
            claim.pooled = pooled
            if _settle(claim):
                self._lent.append(pooled)
                return
        self._idle.append((pooled, time.monotonic()))
        self._watch()

    def _vacate(self) -> None:
        """A place is free: for whoever has waited longest, or for later."""
        while self._waiting and not self.closed:
            if _settle(self._waiting.popleft()):
                return
        self._size -= 1

    def _watch(self) -> None:
        if self._timer is not None or not self._idle or self._size <= self._least or self.closed:
            return
        left = self._idle[0][1] + self._idle_timeout - time.monotonic()
        self._timer = threading.Timer(min(max(left, 0), 3600), self._sweep)
        self._timer.daemon = True
        # Threads cannot be started any more when the interpreter ends; nothing grows old then.
        with suppress(RuntimeError):
            self._timer.start()

    def _sweep(self) -> None:
        """Closes those that nobody has wanted for a while, down to the least."""
        old: list[T] = []
        with self._lock:
            self._timer = None
            until = time.monotonic() - self._idle_timeout
            while not self.closed and self._idle and self._size > self._least and self._idle[0][1] <= until:
                old.append(self._idle.popleft()[0])
                self._size -= 1
            self._watch()
        for pooled in old:
            pooled._guest.dispose(lambda _answer, _error: None)  # pyright: ignore[reportPrivateUsage]


def gone() -> Exception:
    """The pool was disposed of."""
    return make("closed", "Closed: this pool was disposed of")


def _settle(claim: Claim[Any]) -> bool:
    """Tells its caller; False where that one's event loop is closed, so that nobody would ever take it."""
    claim.settled = True
    try:
        claim.wake()
    except RuntimeError:
        claim.pooled, claim.closed = None, True
        return False
    return True


_stocks: weakref.WeakSet[Stock[Any]] = weakref.WeakSet()


def _in_child() -> None:
    for stock in tuple(_stocks):
        stock.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
