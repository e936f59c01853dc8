# Owns the refusal of sub-interpreters. It is imported before anything else, since the native part would be loaded into
# whichever interpreter asks for it.
from __future__ import annotations

import importlib


def _in_main_interpreter() -> bool:
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            known = importlib.import_module(name)
        except ImportError:
            continue
        return known.get_current() == known.get_main()
    return True


if not _in_main_interpreter():
    raise ImportError("wasm_sandbox works in the main interpreter only, not in sub-interpreters")
