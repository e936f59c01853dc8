"""Owns `kv`: the store that the policy grants, asked at the host under names of its own."""

import builtins

from _sandbox_host import _make

_get, _set, _has, _delete, _keys, _clear, _length = (
    _make(f"kv.{name}") for name in ("get", "set", "has", "delete", "keys", "clear", "length")
)


class KeyValueStore:
    """Entries that outlive the sandbox, shared by all whose policy names the same namespace. Like a dict of strings."""

    __slots__ = ()

    def get(self, key, default=None):
        found = _get(key)
        return found[0] if found else default

    def set(self, key, value):
        _set(key, value)

    def delete(self, key):
        """Whether there was something."""
        return _delete(key)

    def keys(self, prefix=""):
        return _keys(prefix)

    def clear(self):
        _clear()

    def __getitem__(self, key):
        found = _get(key)
        if not found:
            raise KeyError(key)
        return found[0]

    __setitem__ = set

    def __delitem__(self, key):
        if not _delete(key):
            raise KeyError(key)

    def __contains__(self, key):
        return _has(key)

    def __len__(self):
        return _length()

    def __iter__(self):
        return iter(_keys(""))

    def __repr__(self):
        return "<kv>"


builtins.kv = KeyValueStore()
