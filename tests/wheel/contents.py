"""
Check the files of a release: `python contents.py FOLDER OTHER`, two folders with the same builds.

FOLDER contains a source distribution and the wheel built from it; OTHER contains the same two files, both built from
the work tree. The builds must be equal byte by byte. They must contain the package with its templates and data, its
metadata, README, changelog and license, and nothing else.
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = {
    path.relative_to(ROOT / "src").as_posix()
    for path in (ROOT / "src" / "pinsmith").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
# hatchling adds .gitignore, because it leaves out the files that are ignored there.
BESIDE_SOURCE = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO", ".gitignore"}
METADATA = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def main(folder: Path, other: Path) -> str | None:
    """Return a description of the first problem, or None."""
    source, wheel = next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))
    for built in (source, wheel):
        if built.read_bytes() != (other / built.name).read_bytes():
            return f"two builds of {built.name} differ"
    name = source.name.removesuffix(".tar.gz")
    with tarfile.open(source) as tar:
        inside = {member.name.removeprefix(f"{name}/") for member in tar.getmembers() if member.isfile()}
    with zipfile.ZipFile(wheel) as zipped:
        installed = set(zipped.namelist())
    wrong = inside ^ (BESIDE_SOURCE | {f"src/{path}" for path in PACKAGE})
    wrong |= installed ^ (PACKAGE | {f"{name}.dist-info/{path}" for path in METADATA})
    return f"missing in a release, or not expected there: {', '.join(sorted(wrong))}" if wrong else None


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
