"""Owns which of Python's objects have a simple form to leave the sandbox in, and why others have none."""

import array
import collections
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import pathlib
import types
import uuid

_text = (decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath, datetime.date, datetime.time)
_lists = (collections.deque, array.array, range, collections.abc.KeysView, collections.abc.ValuesView, collections.UserList)
_maps = (types.MappingProxyType, collections.ChainMap, collections.UserDict)
_functions = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
)
_awaitables = (types.CoroutineType, types.AsyncGeneratorType, collections.abc.Awaitable)


def simplify(value):
    """(simple form, None), or (None, why there is none)."""
    if isinstance(value, type):
        return None, "a class cannot leave the sandbox"
    if isinstance(value, enum.Enum):
        return value.value, None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}, None
    if isinstance(value, datetime.date):
        return value.isoformat(), None
    if isinstance(value, datetime.time):
        return value.isoformat(), None
    if isinstance(value, _text):
        return str(value), None
    if isinstance(value, datetime.timedelta):
        return value.total_seconds(), None
    if isinstance(value, _lists):
        return list(value), None
    if isinstance(value, _maps):
        return dict(value), None
    if isinstance(value, collections.UserString):
        return str(value), None
    if isinstance(value, collections.abc.ItemsView):
        return [list(item) for item in value], None
    if isinstance(value, types.SimpleNamespace):
        return vars(value), None
    if isinstance(value, BaseException):
        return {"name": type(value).__name__, "message": str(value)}, None
    return None, _why_not(value)


def _why_not(value):
    if isinstance(value, _functions):
        return "a function cannot leave the sandbox"
    if isinstance(value, types.ModuleType):
        return "a module cannot leave the sandbox"
    if isinstance(value, _awaitables):
        return "something to be awaited cannot leave the sandbox; await it"
    if isinstance(value, io.IOBase):
        return "an open file cannot leave the sandbox"
    if isinstance(value, complex):
        return "a complex number cannot leave the sandbox; give its real and imag"
    if isinstance(value, collections.abc.Iterator):
        return "an iterator cannot leave the sandbox; make a list of it"
    return f"an object of class {type(value).__name__[:80]} cannot leave the sandbox; give a dict or a dataclass"
