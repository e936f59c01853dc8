# Owns what is settled before the native part is used first: where the language packs lie, the settings of the process,
# and what becomes of a fork and of the interpreter's end.
from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import Any

from . import _native


class Unset:
    """Stands for what was not given where None means something."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


def choose(nullable: dict[str, Any], others: dict[str, Any]) -> None:
    """Settings for this process. They hold from the first use of a sandbox on."""
    options = {**{name: value for name, value in nullable.items() if value is not UNSET}, **others}
    _native.invoke(None, "configure", {"options": options})


def _packs() -> Path:
    """In the package itself, or, in a checkout, where set-up puts them."""
    inside = Path(__file__).with_name("packs")
    return inside if inside.is_dir() else Path(__file__).parents[4] / "packages" / "sdk" / "packs"


_native.packs_in(_packs())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.forked)
atexit.register(_native.shut_down)
