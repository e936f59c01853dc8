# Owns one step of making the sdist: `python tools/fit_lock.py FILE.tar.gz`. The sdist has fewer crates than the
# repository, so its lock file, a copy, names too many and would be refused where it must not change (`--locked`).
# Cargo takes out what is not needed; no version changes, and the same sdist comes out of the same sources.
from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path


def packages(lock: Path) -> set[tuple[str, ...]]:
    """Names and versions."""
    return {tuple(entry.split("\n")[1:3]) for entry in lock.read_text().split("[[package]]")[1:]}


def fitted(unpacked: Path) -> bytes:
    """The lock file without what the sdist does not need."""
    lock = unpacked / "Cargo.lock"
    before = packages(lock)
    subprocess.run(["cargo", "update", "--workspace", "--offline", "--quiet"], cwd=unpacked, check=True)
    if more := packages(lock) - before:
        raise SystemExit(f"the sdist would be built with what the repository is not: {sorted(more)}")
    return lock.read_bytes()


def rewrite(sdist: Path) -> None:
    """Puts the fitting lock file into the sdist."""
    with tarfile.open(sdist) as archive, tempfile.TemporaryDirectory() as folder:
        members = [(member, archive.extractfile(member)) for member in archive.getmembers()]
        contents = [(member, content.read() if content else b"") for member, content in members]
        archive.extractall(folder)
        lock = fitted(next(Path(folder).glob("*/Cargo.lock")).parent)
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as out,
    ):
        for member, content in contents:
            data = lock if member.name.count("/") == 1 and member.name.endswith("/Cargo.lock") else content
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
    sdist.write_bytes(packed.getvalue())


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]))
