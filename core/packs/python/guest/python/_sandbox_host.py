"""Owns functions of the host: they are called like any other, the guest waits for those that answer later.

`name.start(...)` does not wait: it gives a future for asyncio.
"""

import builtins
import errno

import _sandbox


class HostError(Exception):
    """An error of the host's function. Where the host's error has the name of one of Python's own
    exceptions, the class that is raised is a subclass of that one too.
    """

    code = None
    details = None
    function = None
    type = "Error"

    def __init__(self, message="", *rest):
        super().__init__(message, *rest)
        self.message = message

    def __str__(self):
        return str(self.message)


class Stalled(BaseException):
    """Something is awaited and nothing is left that could settle it."""


_classes = {}
_natives = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type)
    and issubclass(value, Exception)
    and not issubclass(value, (UnicodeError, BaseExceptionGroup, StopIteration, StopAsyncIteration))
}


#: What else an error of the sandbox itself is.
_by_code = {"access_denied": PermissionError, "file_limit": OSError}


def _class_of(kind, code):
    native = _natives.get(kind) or _by_code.get(code)
    if (kind, native) not in _classes:
        bases = (HostError,) if native in (None, Exception) else (HostError, native)
        if len(_classes) > 256:
            _classes.clear()
        _classes[kind, native] = type(kind, bases, {"__module__": "host"})
    return _classes[kind, native]


def error_of(told, origin):
    """The exception for an error map of the host."""
    if not isinstance(told, dict):
        told = {}
    kind = told.get("type")
    kind = kind if isinstance(kind, str) and kind.isidentifier() else "HostError"
    error = _class_of(kind, told.get("code"))(told.get("message") or "")
    error.type = kind
    error.code = told.get("code")
    error.details = told.get("details") or {}
    error.function = told.get("function")
    error._origin = origin
    if error.code == "file_limit":
        error.errno = errno.ENOSPC
    return error


#: Numbers of calls that wait for an answer, each with what takes it.
_waiting = {}


def is_waiting():
    return bool(_waiting)


def forget():
    _waiting.clear()


def take_answer(microseconds):
    """Waits for the next answer and hands it to who waits for it. False: the time is over."""
    answer = _sandbox.host_wait(microseconds)
    if answer is None:
        return False
    number, ok, value, origin = answer
    take = _waiting.pop(number, None)
    if take is not None:
        take(ok, value, origin)
    return True


def _await(number):
    settled = []
    _waiting[number] = lambda *answer: settled.append(answer)
    while not settled:
        if not take_answer(-1) and not settled:
            _waiting.pop(number, None)
            raise Stalled
    ok, value, origin = settled[0]
    if ok:
        return value
    raise error_of(value, origin)


def _make(name):
    host_call = _sandbox.host_call

    def function(*args, **kwargs):
        answer = host_call(name, args, kwargs)
        if type(answer) is int:
            return _await(answer)
        if answer[0]:
            return answer[1]
        raise error_of(answer[1], answer[2])

    def start(*args, **kwargs):
        import asyncio

        future = asyncio.get_running_loop().create_future()

        def settle(ok, value, origin):
            if future.done():
                return
            if ok:
                future.set_result(value)
            else:
                future.set_exception(error_of(value, origin))

        answer = host_call(name, args, kwargs)
        if type(answer) is int:
            _waiting[answer] = settle
        else:
            settle(answer[0], answer[1], answer[2] if len(answer) > 2 else b"")
        return future

    function.__name__ = function.__qualname__ = name
    function.__module__ = "host"
    function.__doc__ = f"The host's function {name}."
    function.start = start
    return function


_installed = {}


def install(variables, names):
    """Makes the host's functions variables, in place of those before unless the guest took their names."""
    for name, function in _installed.items():
        if variables.get(name) is function:
            del variables[name]
    _installed.clear()
    for name in names:
        if not isinstance(name, str):
            raise TypeError("the name of a host function is not a string")
        variables[name] = _installed[name] = _make(name)


builtins.HostError = HostError
