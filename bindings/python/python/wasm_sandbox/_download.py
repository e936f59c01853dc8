# Owns the way of a download: one request of `urllib` after the other, within their time. What is an address, where it
# may lead, how much may come, and whether that is what was asked for, is decided by the native part.
from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from threading import Event
from typing import Any

from ._calls import plain
from ._values import given, native

_CHUNK = 1 << 16


class _AsItComes(urllib.request.HTTPErrorProcessor):
    """Follows no redirect, and raises nothing because of a status."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


def asked(*, url: Any = None, source: Any = None, steps: list[Any] | None = None, **how: Any) -> dict[str, Any] | None:
    """The download of ``url``, which has to be an address, or of ``source``: None where that is none.

    It goes back to the native part as it is. The policy is among the options, or given by a builder's steps.
    """
    if url is None and not isinstance(source, str):
        return None
    return plain("Download.of", given(url=url, source=source, steps=steps, options=given(**how)))


async def fetched(*, source: Any = None, **what: Any) -> Any:
    """The bytes behind an address; any other source in the native part's form."""
    source = native(source)
    download = asked(source=source, **what)
    return source if download is None else await fetch(download)


def fetched_now(*, source: Any = None, **what: Any) -> Any:
    """The same on the caller's thread."""
    source = native(source)
    download = asked(source=source, **what)
    return source if download is None else fetch_now(download)


async def fetch(download: dict[str, Any]) -> bytes:
    """The bytes, fetched on another thread. A cancelled task waits until that has ended, which is soon."""
    stop = Event()
    work = asyncio.get_running_loop().run_in_executor(None, fetch_now, download, stop)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        raise


def fetch_now(download: dict[str, Any], stop: Event | None = None) -> bytes:
    """The bytes, fetched on the caller's thread."""
    until = time.monotonic() + download["timeoutMs"] / 1000

    def left() -> float:
        remaining = until - time.monotonic()
        if remaining <= 0 or (stop is not None and stop.is_set()):
            raise TimeoutError
        return remaining

    opener = urllib.request.build_opener(_AsItComes)
    try:
        while True:
            with opener.open(download["url"], timeout=left()) as response:
                headers = {"location": response.headers["location"], "length": response.headers["content-length"]}
                answer = {"download": download, "status": response.status, **headers}
                download = plain("Download.answered", answer)
                if download["read"]:
                    module = _read(response, download["maxBytes"], left)
                    plain("Download.arrived", {"download": download, "bytes": module})
                    return module
    except (OSError, HTTPException, UnicodeError) as error:
        late = isinstance(getattr(error, "reason", error), TimeoutError)
        return plain("Download.failed", {"download": download, "late": late})


def _read(response: Any, most: int, left: Callable[[], float]) -> bytes:
    """All of a body, or more than ``most`` bytes of it."""
    content = bytearray()
    while len(content) <= most:
        left()
        chunk = response.read1(_CHUNK)
        if not chunk:
            break
        content += chunk
    return bytes(content)
