"""Owns exceptions as the outside gets to see them: type, message, traceback, and the host's error behind one.

What the exception's own methods raise meanwhile is swallowed: the first exception is the one that counts.
"""

import errno
import linecache
import traceback

from _sandbox_host import HostError

_OURS = "<sandbox>/"
_LIBRARY = "/usr/lib/python3.13/"

#: File name, code and lines of each of the last runs; C adds to it.
runs = []


def forget_sources():
    for file, _, _ in runs:
        linecache.cache.pop(file, None)
    runs.clear()


def _trim(trace):
    """Without the frames through which the run was started, and without those of host functions."""
    frame = trace
    while frame is not None and frame.tb_frame.f_code.co_filename.startswith((_OURS, _LIBRARY)):
        frame = frame.tb_next
    return frame if frame is not None else trace


def _holds(code, wanted):
    return code is wanted or any(type(one) is type(wanted) and _holds(one, wanted) for one in code.co_consts)


def _lines_of(code):
    """The lines of the run that this code came from: other runs may have used the same file name."""
    ours = False
    for file, root, lines in reversed(runs):
        if file == code.co_filename:
            ours = True
            if _holds(root, code):
                return lines
    return [] if ours else None


def _with_lines(frames, trace):
    """Looks the lines up frame by frame, each in the source of its own run."""
    kept = []
    for (frame, _), summary in zip(traceback.walk_tb(trace), frames):
        name = frame.f_code.co_filename
        if name.startswith(_OURS):
            continue
        lines = _lines_of(frame.f_code)
        if lines is not None:
            linecache.cache[name] = (0, None, lines, name)
        summary.line
        kept.append(summary)
    frames[:] = kept


def _complete(told, error):
    """Does so for an exception and for those behind it."""
    seen = set()
    waiting = [(told, error)]
    while waiting:
        told, error = waiting.pop()
        if told is None or error is None or id(error) in seen:
            continue
        seen.add(id(error))
        _with_lines(told.stack, error.__traceback__)
        waiting.append((told.__cause__, error.__cause__))
        waiting.append((told.__context__, error.__context__))
        waiting.extend(zip(told.exceptions or (), getattr(error, "exceptions", ())))


#: Frames of a traceback, and exceptions behind one, that are told.
_FRAMES = 400
_BEHIND = 50


def _shorten(trace):
    """Leaves frames out in the middle of a deep traceback: looking all of them up takes longer than the run did."""
    frames = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    if len(frames) > _FRAMES:
        frames[_FRAMES // 2 - 1].tb_next = frames[-_FRAMES // 2]


def _bound(error):
    """Bounds what there is to tell of an exception and of those behind it."""
    seen = set()
    waiting = [error]
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        _shorten(error.__traceback__)
        if len(seen) > _BEHIND:
            error.__cause__ = error.__context__ = None
            continue
        waiting += [error.__cause__, error.__context__, *getattr(error, "exceptions", ())[:_BEHIND]]


def _stack(error):
    error.__traceback__ = _trim(error.__traceback__)
    _bound(error)
    told = traceback.TracebackException.from_exception(error, lookup_lines=False)
    latest = {file: lines for file, _, lines in runs}
    _complete(told, error)
    for file, lines in latest.items():
        linecache.cache[file] = (0, None, lines, file)
    return "".join(told.format()).rstrip("\n")


def _attempt(make, otherwise):
    try:
        return make()
    except BaseException:
        return otherwise


def _plain(error):
    """For an exception that cannot be formatted: where it was raised."""
    lines = traceback.format_tb(error.__traceback__)
    return "".join(["Traceback (most recent call last):\n", *lines, type(error).__name__])


def _code(error):
    return errno.errorcode.get(error.errno) if isinstance(error, OSError) else None


def describe(error):
    """(type, message, traceback, bytes of the host's error or None, name of the system's error or None)."""
    kind = type(error).__name__
    message = _attempt(lambda: str(error), "")
    if isinstance(error, SyntaxError):
        message = _attempt(lambda: str(error.msg), message) if error.filename is None else message
    stack = _attempt(lambda: _stack(error), None) or _attempt(lambda: _plain(error), kind)
    origin = getattr(error, "_origin", None) if isinstance(error, HostError) else None
    return kind, message, stack, origin if isinstance(origin, bytes) else None, _attempt(lambda: _code(error), None)


def exit_code(error):
    """The status that a SystemExit asks for; anything but a number is text for stderr."""
    import sys

    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return max(-(1 << 31), min(code, (1 << 31) - 1))
    _attempt(lambda: print(code, file=sys.stderr), None)
    return 1
