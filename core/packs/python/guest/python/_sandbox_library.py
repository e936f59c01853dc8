"""Owns importing the standard library out of the module: a finder over the blob, its data files, and
sentences for what cannot work here. Touches no file.
"""

import builtins
import sys

import _sandbox
from _frozen_importlib import ModuleSpec, _call_with_frames_removed
from marshal import loads

ROOT = "/usr/lib/python3.13/"
CODE, PACKAGE, DATA = 0, 1, 2

_index, _bytes = _sandbox.stdlib()

#: Builtins for what C calls by name: what a program does to its own changes nothing there.
_private = dict(vars(builtins))

_processes = "the sandbox has no processes"
_terminal = "the sandbox has no terminal"
_system = "the sandbox has no operating system below it"
_libraries = "the sandbox loads no shared libraries"
_network = "the sandbox has no network of its own; ask the host for a function that does what you need"

#: Module to the reason why it is not there.
MISSING = {
    "_ctypes": _libraries,
    "_curses": _terminal,
    "_dbm": _libraries,
    "_gdbm": _libraries,
    "_interpreters": "the sandbox has one interpreter",
    "_multiprocessing": _processes,
    "_posixshmem": _processes,
    "_posixsubprocess": _processes,
    "_ssl": _network,
    "_tkinter": "the sandbox has no screen",
    "ctypes": _libraries,
    "curses": _terminal,
    "dbm.gnu": _libraries,
    "dbm.ndbm": _libraries,
    "ensurepip": "the sandbox installs no packages; pass directories or wheels to it",
    "fcntl": _system,
    "grp": "the sandbox has no users",
    "idlelib": "the sandbox has no screen",
    "mmap": "the sandbox's files cannot be mapped",
    "msvcrt": _system,
    "multiprocessing": _processes,
    "pip": "the sandbox installs no packages; pass directories or wheels to it",
    "pty": _terminal,
    "pwd": "the sandbox has no users",
    "readline": _terminal,
    "resource": "the sandbox's limits are set by its host",
    "ssl": _network,
    "syslog": _system,
    "termios": _terminal,
    "tkinter": "the sandbox has no screen",
    "tty": _terminal,
    "turtle": "the sandbox has no screen",
    "turtledemo": "the sandbox has no screen",
    "venv": "the sandbox installs no packages; pass directories or wheels to it",
    "winreg": _system,
}


class Library:
    """Finder and loader of everything in the blob."""

    def find_spec(self, name, path=None, target=None):
        entry = _index.get(name)
        if entry is None or entry[2] == DATA:
            return None
        where = name.replace(".", "/") + ("/__init__.py" if entry[2] == PACKAGE else ".py")
        spec = ModuleSpec(name, self, origin=ROOT + where, is_package=entry[2] == PACKAGE)
        spec.has_location = True
        spec.cached = None
        if entry[2] == PACKAGE:
            spec.submodule_search_locations.append(ROOT + name.replace(".", "/"))
        return spec

    def create_module(self, spec):
        return None

    def get_code(self, name):
        start, length, _ = _index[name]
        return loads(_bytes[start : start + length])

    def exec_module(self, module):
        if module.__name__.startswith("_sandbox_"):
            module.__builtins__ = _private
        _call_with_frames_removed(exec, self.get_code(module.__name__), module.__dict__)

    def get_source(self, name):
        return None

    def is_package(self, name):
        return _index[name][2] == PACKAGE

    def get_filename(self, name):
        return self.find_spec(name).origin

    def get_data(self, path):
        entry = _index.get(path.removeprefix(ROOT))
        if entry is None or entry[2] != DATA:
            raise FileNotFoundError(2, "the library has no such file", path)
        return bytes(_bytes[entry[0] : entry[0] + entry[1]])

    def get_resource_reader(self, name):
        from _sandbox_resources import Resources

        return Resources(self, name.replace(".", "/"))

    def files(self):
        """Paths of all data files."""
        return [name for name, entry in _index.items() if entry[2] == DATA]

    def __repr__(self):
        return "<standard library>"


class Absent:
    """Comes last: says why a module of the standard library is not there."""

    def find_spec(self, name, path=None, target=None):
        why = MISSING.get(name)
        if why is None:
            return None
        raise ModuleNotFoundError(f"No module named {name!r}: {why}", name=name)


library = Library()


def install():
    # Behind what is built in and frozen, before files: a file cannot take the place of the library.
    sys.meta_path.insert(2, library)
    sys.meta_path.append(Absent())
