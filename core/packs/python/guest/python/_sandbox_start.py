"""Owns the start of the interpreter in Python: imports out of the module, streams, and what C asks for.

Runs once, before the snapshot. Each of the larger jobs has a module of its own beside this one; what the
C side calls by name is gathered here.
"""

import sys

import _sandbox_library

_sandbox_library.install()

import _sandbox_kv
import _sandbox_preload
from _sandbox_errors import describe, exit_code, runs
from _sandbox_host import Stalled, install as install_host
from _sandbox_loop import finish
from _sandbox_request import restart, set_argv, set_env, set_path, set_stdin
from _sandbox_values import simplify
from linecache import cache as lines
from random import _inst as generator

sys.path[:] = []
