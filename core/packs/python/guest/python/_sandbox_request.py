"""Owns what a request brings along besides code: chance, variables of the environment, arguments, input,
places to import from. And the return to a fresh start.
"""

import builtins
import gc
import importlib
import linecache
import os
import random
import sys

import _sandbox
import _sandbox_errors
import _sandbox_host
import _sandbox_loop
import _sandbox_streams

def _own_choice(method):
    """A program that seeds the generator itself keeps its sequence from run to run."""

    def call(*args, **kwargs):
        _sandbox.own_chance()
        return method(*args, **kwargs)

    call.__name__ = call.__qualname__ = method.__name__
    call.__doc__ = method.__doc__
    return call


random.seed = _own_choice(random._inst.seed)
random.setstate = _own_choice(random._inst.setstate)


def set_env(env):
    os.environ.clear()
    os.environ.update(env)


def set_argv(argv):
    sys.argv = argv or [""]


#: Modules of the program itself, and packages given to the sandbox.
_places = ["/", "/site-packages"]


def set_path(path):
    sys.path[:] = _places if path is None else path
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()


def set_stdin(text):
    stdin = _sandbox_streams.LateInput() if text is None else _sandbox_streams.text_input(text)
    sys.stdin = sys.__stdin__ = stdin


_builtins = None


def restart(variables):
    """Takes back what a warm-up left."""
    global _builtins
    _sandbox.restart_chance()
    _sandbox_host.install(variables, [])
    _sandbox_host.forget()
    _sandbox_errors.forget_sources()
    _sandbox_loop.restart_loop()
    _sandbox_streams.reset_output()
    linecache.clearcache()
    set_env({})
    set_argv([])
    set_path(None)
    set_stdin(None)
    if _builtins is None:
        _builtins = dict(vars(builtins))
    for name in vars(builtins).keys() - _builtins.keys():
        delattr(builtins, name)
    vars(builtins).update(_builtins)
    gc.collect()


_sandbox_streams.reset_output()
set_stdin(None)
