"""Runs untrusted Python, JavaScript, TypeScript and WebAssembly under a policy, from asyncio.

The same for threads, without an event loop, is in `wasm_sandbox.sync`.
"""
# Owns the list of what this package offers for asyncio; it holds re-exports only.

from . import _interpreter as _interpreter
from ._generated.aio import *
from ._generated.errors import *
from ._generated.shared import *
from ._generated.types import *

__version__ = "0.1.0"
