"""Archives that were made to break a reader."""

from __future__ import annotations

import io
import plistlib
import struct
import tracemalloc
import warnings
import zipfile
from typing import TYPE_CHECKING

import pytest

from pinsmith import limit
from pinsmith.audit import packages
from pinsmith.errors import FileError, FormatError
from tests.audit.packages.make import LIST, PINNED, archive, ipa, saved

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 2**20
END = b"PK\5\6"


def _patched(content: bytes, mark: bytes, at: int, value: bytes) -> bytes:
    """Overwrite bytes of the last record that begins with *mark*."""
    start = content.rindex(mark) + at
    return content[:start] + value + content[start + len(value) :]


def _twice() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        target.writestr(LIST, plistlib.dumps(PINNED))
        target.writestr(LIST, plistlib.dumps({}))
    return made.getvalue()


def _overlapping() -> bytes:
    """Make two entries of the list of files that share the bytes of one file."""
    content = archive({LIST: plistlib.dumps({}), "Payload/Shop.app/a": b"a" * 100}, zipfile.ZIP_STORED)
    return _patched(content, b"PK\1\2", 42, struct.pack("<I", 8))


def _zip64(size: int) -> bytes:
    """Make a list of files that claims a size in a ZIP64 record."""
    content = archive({LIST: plistlib.dumps({})})
    end = content.rindex(END)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    return content[:end] + record + locator + struct.pack("<4sHHHHIIH", END, 0, 0, 1, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0)


GOOD = ipa(PINNED)


HOSTILE = {
    "a name above the archive": (archive({LIST: b"", "../../etc/cron.d/evil": b""}), "leaves the archive"),
    "an absolute name": (archive({LIST: b"", "/etc/passwd": b""}), "leaves the archive"),
    "a name with backslashes": (archive({LIST: b"", "a\\..\\b": b""}), "leaves the archive"),
    "a name with NUL": (_patched(archive({LIST: b"", "aXb": b""}), b"aXb", 1, b"\0"), "leaves the archive"),
    "a name twice": (_twice(), "is in the archive twice"),
    "overlapping files": (_overlapping(), "overlaps another file"),
    "an encrypted file": (_patched(GOOD, b"PK\1\2", 8, b"\1"), "is encrypted"),
    "an unknown compression": (_patched(GOOD, b"PK\1\2", 10, b"\x63"), "is encrypted, or compressed"),
    "two sizes": (_patched(archive({LIST: b"abc"}, zipfile.ZIP_STORED), b"PK\1\2", 24, b"\xff"), "has two sizes"),
    "a wrong check sum": (_patched(GOOD, b"PK\1\2", 16, b"\0\0\0\0"), "is damaged"),
    "ZIP64 with a terabyte": (_zip64(2**40), "is damaged"),
    "ZIP64 with a negative size": (_zip64(2**63), "is damaged"),
    "a few bytes lost": (GOOD[:-10], "is damaged"),
    "half of it lost": (GOOD[: len(GOOD) // 2], "is damaged"),
    "bytes appended": (GOOD + b"\0" * 70_000, "is damaged"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_archives_are_refused(tmp_path: Path, what: str) -> None:
    """An archive that two readers could understand differently, or that is damaged, is an error and no answer."""
    content, problem = HOSTILE[what]
    with pytest.raises(FormatError, match=problem):
        packages.read(saved(tmp_path, content))


def test_a_list_of_files_of_any_size_is_not_read(tmp_path: Path) -> None:
    """A list of files that claims two gigabytes, and has them, takes no memory."""
    path = tmp_path / "app.ipa"
    size = 2**31 - 100_000
    with path.open("wb") as file:
        file.write(GOOD[:4])
        file.truncate(size + 4)
        file.seek(size + 4)
        file.write(struct.pack("<4sHHHHIIH", END, 0, 0, 1, 1, size, 4, 0))
    tracemalloc.start()
    with pytest.raises(FormatError, match="list of files is larger than 16 MiB"):
        packages.read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MEGABYTE


def test_a_bomb_is_refused_before_it_is_uncompressed(tmp_path: Path) -> None:
    """A list of properties that claims 1 GiB is refused by its size alone."""
    content = _patched(archive({LIST: b"x" * 1000}), b"PK\1\2", 24, struct.pack("<I", 2**30))
    with pytest.raises(FormatError, match="larger than 19 MiB"):
        packages.read(saved(tmp_path, content))


def test_a_file_that_lies_about_its_size_is_not_read_on(tmp_path: Path) -> None:
    """A file that is larger than the archive says is damaged, however much follows."""
    content = _patched(archive({LIST: b" " * 50 * MEGABYTE}), b"PK\1\2", 24, struct.pack("<I", 100))
    tracemalloc.start()
    with pytest.raises(FormatError, match="is damaged"):
        packages.read(saved(tmp_path, content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MEGABYTE


def test_a_bomb_of_files_that_are_searched_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small package may not become a hundred times as large, in one file or in many."""
    monkeypatch.setattr("pinsmith.audit.packages._archive._LEAST_CONTENT", 5 * MEGABYTE)
    many = ipa(files={f"{number}.txt": b" " * MEGABYTE for number in range(10)})
    for content in (many, ipa(files={"a.txt": b" " * 10 * MEGABYTE})):
        with pytest.raises(FormatError, match="its files are too large together"):
            packages.read(saved(tmp_path, content))


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of files has a limit."""
    monkeypatch.setattr(limit, "MAX_PACKAGE_FILES", 5)
    assert packages.read(saved(tmp_path, ipa(files=dict.fromkeys("abcd", b"")))).name
    with pytest.raises(FormatError, match="more than 5 files"):
        packages.read(saved(tmp_path, ipa(files=dict.fromkeys("abcde", b""))))


def test_a_package_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of the package has a limit."""
    monkeypatch.setattr(limit, "MAX_PACKAGE_BYTES", 100)
    with pytest.raises(FormatError, match="is larger than"):
        packages.read(saved(tmp_path, GOOD))


def test_a_file_that_is_missing_is_an_error_of_files(tmp_path: Path) -> None:
    """A file that does not exist, and a folder, are errors that say so."""
    with pytest.raises(FileError, match="does not exist"):
        packages.read(tmp_path / "none.apk")
    with pytest.raises(FileError, match="is a directory"):
        packages.read(tmp_path)
