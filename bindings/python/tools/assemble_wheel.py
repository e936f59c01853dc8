# Owns the wheel of a platform whose native library was built elsewhere: `python tools/assemble_wheel.py --library FILE
# --name NAME --packs FOLDER --tag TAG --out FOLDER`. The package's files come from this checkout, its metadata from
# maturin as for every other wheel. A library that asks for a newer C library than the tag promises is refused.
from __future__ import annotations

import argparse
import base64
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

here = Path(__file__).resolve().parent.parent
package = here / "python" / "wasm_sandbox"
PYTHON = "cp310-abi3"


def broken_promise(library: bytes, tag: str) -> str | None:
    """Why the library does not keep the promise of the tag."""
    versions = {(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", library)}
    promise = re.match(r"(many|musl)linux_(\d+)_(\d+)_", tag)
    if not promise or not versions:
        return None
    most = (int(promise[2]), int(promise[3])) if promise[1] == "many" else (0, 0)
    newest = max(versions)
    return f"it wants glibc {newest[0]}.{newest[1]}" if newest > most else None


def dist_info(folder: Path, tag: str) -> dict[str, bytes]:
    """The files of maturin's dist-info, with the tag of this wheel."""
    command = [str(Path(sys.executable).parent / "maturin"), "pep517", "write-dist-info"]
    command += ["--metadata-directory", str(folder), "--interpreter", sys.executable]
    subprocess.run(command, cwd=here, check=True, stdout=subprocess.DEVNULL)
    files = {str(file.relative_to(folder).as_posix()): file.read_bytes() for file in folder.glob("*/*")}
    wheel = next(name for name in files if name.endswith("/WHEEL"))
    files[wheel] = re.sub(rb"(?m)^Tag: .*$", f"Tag: {PYTHON}-{tag}".encode(), files[wheel])
    return files


def package_files(library: bytes, name: str, packs: Path) -> dict[str, bytes]:
    """What is installed as the package."""
    sources = sorted(file for file in package.rglob("*") if file.suffix in {".py", ".pyi"} or file.name == "py.typed")
    files = {f"wasm_sandbox/{file.relative_to(package).as_posix()}": file.read_bytes() for file in sources}
    files |= {f"wasm_sandbox/packs/{file.name}": file.read_bytes() for file in sorted(packs.iterdir())}
    return files | {f"wasm_sandbox/{name}": library}


def write(target: Path, files: dict[str, bytes], info: str) -> None:
    """The archive, and the record of what is in it."""
    lines: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(content)}\n")
            wheel.writestr(entry(name), content)
        wheel.writestr(entry(f"{info}/RECORD"), "".join(lines) + f"{info}/RECORD,,\n")


def entry(name: str) -> zipfile.ZipInfo:
    """A file of the archive; its time is the archive format's first, so that the same wheel comes out again."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (0o100755 if name.endswith(".so") else 0o100644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser()
    for option in ["library", "name", "packs", "tag", "out"]:
        parser.add_argument(f"--{option}", required=True)
    asked = parser.parse_args()
    library = Path(asked.library).read_bytes()
    if problem := broken_promise(library, asked.tag):
        raise SystemExit(f"{asked.library} is not what {asked.tag} promises: {problem}")
    with tempfile.TemporaryDirectory() as folder:
        metadata = dist_info(Path(folder), asked.tag)
    info = next(iter(metadata)).partition("/")[0]
    out = Path(asked.out)
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{info.removesuffix('.dist-info')}-{PYTHON}-{asked.tag}.whl"
    write(target, package_files(library, asked.name, Path(asked.packs)) | metadata, info)
    print(target)


if __name__ == "__main__":
    main()
