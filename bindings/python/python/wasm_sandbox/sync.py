"""The API of `wasm_sandbox` for threads: the same names, every call blocks its caller. No event loop is needed.

Policies, capabilities, results and exceptions are the very same classes.
"""
# Owns the list of what this module offers; it holds re-exports only.

from ._calls import CancelToken as CancelToken
from ._generated.errors import *
from ._generated.shared import *
from ._generated.sync import *
from ._generated.types import *
