"""Owns the event loop: the host's clock and the host's answers are all that it can wait for."""

import asyncio
from asyncio import base_events, events
from math import ceil

from _sandbox_host import Stalled, is_waiting, take_answer


class _Selector:
    """What the base class asks for events; there are none, only time and answers."""

    def select(self, timeout=None):
        if timeout is None:
            if not is_waiting():
                raise Stalled
            take_answer(-1)
        elif timeout > 0 or is_waiting():
            take_answer(max(0, ceil(timeout * 1e6)))
        return ()

    def close(self):
        """Nothing is open."""


class SandboxLoop(base_events.BaseEventLoop):
    def __init__(self, selector=None):
        # Whichever is given, there is nothing here that it could watch.
        super().__init__()
        self._selector = _Selector()

    def _process_events(self, event_list):
        """There are none."""

    def _write_to_self(self):
        """There is no other thread that would have to wake this one."""

    def run_in_executor(self, executor, func, *args):
        self._check_closed()
        if self._debug:
            self._check_callback(func, "run_in_executor")
        # There is one thread, so it is done at once; who awaits it sees no difference but the time.
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except StopIteration as error:
            future.set_exception(RuntimeError(f"{func!r} raised StopIteration: {error}"))
        except Exception as error:
            future.set_exception(error)
        return future


class SandboxPolicy(events.BaseDefaultEventLoopPolicy):
    _loop_factory = SandboxLoop


asyncio.SelectorEventLoop = asyncio.DefaultEventLoop = asyncio.EventLoop = SandboxLoop
asyncio.DefaultEventLoopPolicy = SandboxPolicy

_loop = None


def restart_loop():
    global _loop
    _loop = None
    events._set_running_loop(None)
    events.set_event_loop_policy(SandboxPolicy())


def finish(awaitable):
    """Runs the session's loop until this is done. Tasks that it started go on in the next run that awaits."""
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = SandboxLoop()
        events.set_event_loop(_loop)
    return _loop.run_until_complete(_whole(awaitable))


async def _whole(awaitable):
    return await awaitable
