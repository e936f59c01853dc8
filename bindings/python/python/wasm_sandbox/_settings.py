# Owns what has to be settled before the native part is used first: the settings of the process, where the language
# packs lie, what becomes of a fork and of the interpreter's end. Knows no operation but `configure`.
from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import Any

from . import _native
from ._errors import make


class Unset:
    """Stands for what was not given where None means something."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()
_chosen: dict[str, Any] = {}
_fixed = False


def choose(nullable: dict[str, Any], others: dict[str, Any]) -> None:
    """Settings for this process. They hold from the first use of a sandbox on."""
    if _fixed:
        message = "Invalid argument: configure() has to come before the first use of a sandbox in this process"
        raise make("invalid_argument", message)
    _chosen.update({name: value for name, value in nullable.items() if value is not UNSET}, **others)


def ready() -> None:
    """Applies the settings, once in a process; from now on they are fixed."""
    global _fixed
    if not _fixed:
        _native.invoke_now(None, "configure", {"options": {"packsDir": _packs(), **_chosen}}, None)
        _fixed = True


def _packs() -> str:
    """In the package itself, or, in a checkout, where set-up puts them."""
    inside = Path(__file__).with_name("packs")
    if inside.is_dir():
        return str(inside)
    return str(Path(__file__).parents[4] / "packages" / "sdk" / "packs")


def _in_child() -> None:
    global _fixed
    _fixed = False
    _native.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
atexit.register(_native.shut_down)
