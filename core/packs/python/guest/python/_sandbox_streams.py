"""Owns standard output and error, which go straight to the host, and standard input."""

import io
import sys

import _sandbox


class RawOutput(io.RawIOBase):
    """Bytes on their way out: `sys.stdout.buffer`."""

    def __init__(self, fd, name):
        self._fd = fd
        self.name = name

    def write(self, data):
        return _sandbox.write_raw(self._fd, data)

    def writable(self):
        return True

    def fileno(self):
        return self._fd

    def flush(self):
        _sandbox.flush()

    def close(self):
        """Stays open: the next run writes here too."""

    mode = "wb"


class Output(io.TextIOBase):
    """Text on its way out. What ends a line is seen at once; what does not, at the run's end at the latest."""

    encoding = "utf-8"
    errors = "backslashreplace"
    mode = "w"
    line_buffering = True
    write_through = False
    newlines = None

    def __init__(self, fd, name, write):
        self.name = name
        self.write = write
        self.buffer = RawOutput(fd, name)
        self._fd = fd

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def writable(self):
        return True

    def fileno(self):
        return self._fd

    def flush(self):
        _sandbox.flush()

    def isatty(self):
        return False

    def close(self):
        """Stays open: the next run writes here too."""

    def reconfigure(self, **settings):
        """Takes every setting: the host reads UTF-8, and nothing else is needed."""

    def __repr__(self):
        return f"<sandbox output {self.name}>"


_stdout = Output(1, "<stdout>", _sandbox.write_out)
_stderr = Output(2, "<stderr>", _sandbox.write_err)


def reset_output():
    sys.stdout = sys.__stdout__ = _stdout
    sys.stderr = sys.__stderr__ = _stderr


class Input(io.TextIOWrapper):
    """Text of a request; the builtin `input` reads it like a file."""

    def isatty(self):
        return False


def text_input(text):
    return Input(io.BytesIO(text.encode("utf-8", "surrogatepass")), encoding="utf-8", errors="replace")


def file_input():
    """Standard input as the host's WASI gives it, opened when it is first read."""
    raw = io.FileIO(0, "rb", closefd=False)
    return Input(io.BufferedReader(raw), encoding="utf-8", errors="replace")


class LateInput(io.TextIOBase):
    """Stands for `file_input` until somebody reads: most programs never do."""

    encoding = "utf-8"
    errors = "replace"
    name = "<stdin>"
    mode = "r"

    def __init__(self):
        self._file = None

    def _open(self):
        if self._file is None:
            self._file = file_input()
        return self._file

    def read(self, size=-1):
        return self._open().read(size)

    def readline(self, size=-1):
        return self._open().readline(size)

    @property
    def buffer(self):
        return self._open().buffer

    def __iter__(self):
        return iter(self._open())

    def readable(self):
        return True

    def isatty(self):
        return False

    def fileno(self):
        return 0
