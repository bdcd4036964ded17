# ruff: noqa: T201 - a program prints
"""
Read the files of others whose pins a person labelled, and print what the readers do otherwise.

``python -m tests.readers FOLDER`` looks for the files of ``public.tsv`` below the folder by their SHA-256. It exits
with 1 if one is absent, or is read otherwise. The files are not part of the project.

``python -m tests.readers FOLDER LABELS`` prints the lines of ``public.tsv`` for a table of labels, which names files
below the folder, hosts and pins.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.readers import labels
from tests.readers.counted import by_file, differences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.readers.labels import Label

PUBLIC: Final = Path(__file__).parent / "public.tsv"


def compare(folder: Path, known: Iterable[Label]) -> list[str]:
    """Return the differences between the labels and what readers find below *folder*."""
    expected = by_file(known)
    found: list[str] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        about = expected.pop(labels.known_as(content), None)
        if about is not None:
            found += differences(content, path.name, about, is_ours=False)
    return found + [f"{file}: no file of the folder has this SHA-256" for file in expected]


def hidden(folder: Path, known: Iterable[Label]) -> list[str]:
    """Return the lines to publish for labels of files below *folder*."""
    return [str(label.hashed(labels.known_as((folder / label.file).read_bytes()))) for label in known]


def main(folder: str, table: str | None = None) -> int:
    """Print the differences, or the lines; return the exit code."""
    if table is not None:
        print(*hidden(Path(folder), labels.read(Path(table))), sep="\n")
        return 0
    found = compare(Path(folder), labels.read(PUBLIC))
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(by_file(labels.read(PUBLIC)))} files, {len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
