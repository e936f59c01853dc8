# Owns fetching a module from the network, for the host's own account: https at every step, a few redirects, a size
# limit while it arrives, and a checksum where one is given. What is in the bytes is the native part's business.
from __future__ import annotations

import asyncio
import hashlib
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from os import PathLike
from threading import Event
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from ._calls import plain
from ._errors import make, refused
from ._values import native

_CHUNK = 1 << 16


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def is_address(source: Any) -> bool:
    """Whether it is a web address; a file's is not."""
    if not isinstance(source, str) or source[:5].lower() == "file:":
        return False
    # A scheme of one letter is a drive.
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def local(source: Any) -> Any:
    """A source in the native part's form."""
    return native(source) if isinstance(source, PathLike) else source


def limit(policy: Any, limits: Mapping[str, Any] | None) -> int:
    """What a module may have at most: the policy's ``moduleBytes``."""
    own = (limits or {}).get("moduleBytes")
    if own is not None:
        return own
    effective = plain("parsePolicy", {"document": _document(policy)})
    return plain("SecurityPolicy.limits", {"this": effective})["moduleBytes"]


def _document(policy: Any) -> Any:
    policy = native(policy)
    if policy is None or (isinstance(policy, str) and not policy.lstrip().startswith("{")):
        return {"version": 1, "preset": policy or "strict"}
    if isinstance(policy, dict) and "effective" in policy:
        return cast("dict[str, Any]", policy)["effective"]
    return cast("Any", policy)


async def fetch(address: str, most: int, **options: Any) -> bytes:
    """`download` on another thread. A cancelled task waits until that has ended, which is soon."""
    stop = Event()
    work = asyncio.get_running_loop().run_in_executor(None, lambda: download(address, most, stop=stop, **options))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        raise


async def fetched(source: Any, policy: Any = None, limits: Any = None) -> Any:
    """The bytes behind an address; any other source as it is."""
    return await fetch(source, limit(policy, limits)) if is_address(source) else local(source)


def fetched_now(source: Any, policy: Any = None, limits: Any = None) -> Any:
    """The same on the caller's thread."""
    return download(source, limit(policy, limits)) if is_address(source) else local(source)


def download(
    address: str,
    most: int,
    *,
    sha256: str | None = None,
    max_bytes: int | None = None,
    timeout: float | None = None,
    max_redirects: int | None = None,
    stop: Event | None = None,
) -> bytes:
    """The bytes behind an https address, on the caller's thread."""
    if not is_address(address):
        raise refused("$.url", "the address is not a URL; give one such as https://example.com/a.wasm")
    most = most if max_bytes is None else max_bytes
    seconds = 30.0 if timeout is None else timeout
    until = time.monotonic() + seconds

    def left() -> float:
        remaining = until - time.monotonic()
        if remaining <= 0 or (stop is not None and stop.is_set()):
            raise TimeoutError
        return remaining

    try:
        with _follow(address, left, 5 if max_redirects is None else max_redirects) as response:
            module = _collect(response, address, most, left)
    except TimeoutError:
        raise _unreachable(address, f"no answer within {seconds} s") from None
    except OSError as error:
        timed_out = isinstance(getattr(error, "reason", None), TimeoutError)
        why = f"no answer within {seconds} s" if timed_out else "no connection"
        raise _unreachable(address, why) from error
    actual = hashlib.sha256(module).hexdigest()
    if sha256 is not None and actual != sha256.lower():
        message = f"Invalid module: its SHA-256 is {actual}, not the one that was asked for"
        raise make("invalid_module", message, details={"expected": sha256, "actual": actual})
    return module


def _follow(address: str, left: Any, redirects: int) -> Any:
    opener = urllib.request.build_opener(_NoRedirects)
    at = address
    for _ in range(redirects + 1):
        _require_https(at)
        try:
            return opener.open(urllib.request.Request(at), timeout=left())
        except urllib.error.HTTPError as error:
            target = error.headers.get("location") if 300 <= error.code < 400 else None
            error.close()
            if target is None:
                raise _unreachable(at, f"the server answered {error.code}", status=error.code) from None
            at = urljoin(at, target)
    raise _unreachable(address, f"more than {redirects} redirects")


def _collect(response: Any, address: str, most: int, left: Any) -> bytes:
    announced = response.headers.get("content-length")
    if announced is not None and announced.isdigit() and int(announced) > most:
        raise _too_large(address, most, int(announced))
    chunks = bytearray()
    while True:
        left()
        chunk = response.read1(_CHUNK)
        if not chunk:
            return bytes(chunks)
        chunks += chunk
        if len(chunks) > most:
            raise _too_large(address, most, len(chunks))


def _require_https(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme.lower() == "https" and parts.username is None and parts.password is None:
        return
    https = parts.scheme.lower() == "https"
    what = "an address with credentials" if https else f"an address of kind {parts.scheme}:"
    message = f"Invalid argument: modules are fetched over https only, not from {what} ({_shown(address)})"
    raise make("invalid_argument", message, details={"url": _shown(address)})


def _shown(address: str) -> str:
    """Without query and credentials, which may be secrets."""
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _unreachable(address: str, why: str, **more: Any) -> Exception:
    return make("not_found", f"Not found: {_shown(address)}: {why}", details={"url": _shown(address), **more})


def _too_large(address: str, most: int, used: int) -> Exception:
    message = f"Module limit exceeded: {_shown(address)} is larger than {most} bytes (moduleBytes)"
    return make("module_limit", message, details={"field": "moduleBytes", "limit": most, "used": used})
