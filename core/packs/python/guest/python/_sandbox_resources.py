"""Owns data files of the standard library (time zones above all) as importlib.resources wants them."""

from importlib.resources.abc import Traversable, TraversableResources
from io import BytesIO, TextIOWrapper


class Resource(Traversable):
    def __init__(self, library, path):
        self._library = library
        self._path = path

    @property
    def name(self):
        return self._path.rpartition("/")[2]

    def _inside(self):
        start = self._path + "/"
        return {one[len(start) :].partition("/")[0] for one in self._library.files() if one.startswith(start)}

    def iterdir(self):
        return (Resource(self._library, f"{self._path}/{name}") for name in sorted(self._inside()))

    def is_file(self):
        return self._path in self._library.files()

    def is_dir(self):
        return not self.is_file() and bool(self._inside())

    def joinpath(self, *parts):
        path = self._path
        for part in "/".join(map(str, parts)).split("/"):
            path = path.rpartition("/")[0] if part == ".." else f"{path}/{part}" if part not in ("", ".") else path
        return Resource(self._library, path)

    def open(self, mode="r", *args, **kwargs):
        data = BytesIO(self._library.get_data(self._path))
        return data if "b" in mode else TextIOWrapper(data, *args, **kwargs)

    def __str__(self):
        return self._path

    def __repr__(self):
        return f"<file of the standard library {self._path!r}>"


class Resources(TraversableResources):
    def __init__(self, library, path):
        self._root = Resource(library, path)

    def files(self):
        return self._root
