"""
The archive of a package: ZIP, read in place and within limits. Nothing is written to disk.

A package that two readers could understand differently is refused, because it could show pinsmith other files than the
phone sees.

Source:
    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, and what Android refuses: system/libziparchive
    (duplicate names), https://developer.android.com/about/versions/14/behavior-changes-14#zip-path-traversal
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from pinsmith import limit
from pinsmith.errors import FormatError, UnknownFormatError
from pinsmith.files import explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

_MARK: Final = b"PK"
_LOCAL: Final = struct.Struct("<4s22xHH")
_READABLE: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_STRANGE: Final = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|[\x00-\x1f\x7f]")
_CHUNK: Final = 2**20
_LEAST_CONTENT: Final = 64 * 2**20
_MAX_RATIO: Final = 20
# What zipfile raises for damaged archives, besides its own errors: it trusts the numbers that it reads.
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    LookupError,
)


class _Window(io.RawIOBase):
    """A part of a file as a file, which refuses to hand out more at once than the list of files may take."""

    def __init__(self, file: IO[bytes] | _Window, start: int, size: int, name: str) -> None:
        self._file, self._start, self._size, self._name = file, start, size, name
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise zipfile.BadZipFile("an offset points before the archive")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        got = self.read(len(view))
        view[: len(got)] = got
        return len(got)

    def read(self, size: int | None = -1) -> bytes:
        left = max(self._size - self._at, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > limit.MAX_PACKAGE_DIRECTORY:
            raise FormatError(
                f"its list of files is larger than {limit.MAX_PACKAGE_DIRECTORY // 2**20} MiB", file=self._name
            )
        self._file.seek(self._start + self._at)
        got = self._file.read(wanted)
        self._at += len(got)
        return got


@dataclass(slots=True)
class _Budget:
    """The bytes that may still be uncompressed in a package and all packages inside it."""

    left: int


class Archive:
    """
    The files of a package, by their names.

    Attributes:
        name: The package as the user named it; for a package in a package, both, with ``!/`` between.
        inside: What stands before the path of a file, inside the outermost package; empty for that package itself.
        sizes: The uncompressed size of each file, as the archive claims it.
    """

    def __init__(self, window: _Window, name: str, budget: _Budget, inside: str = "") -> None:
        self.name, self.inside = name, inside
        self._window, self._budget = window, budget
        with self._explained():
            # It reads the list of files, and nothing else.
            self._zip = zipfile.ZipFile(window)
            entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
            self._require_sound(entries)
        self._entries = {entry.filename: entry for entry in entries}
        self.sizes = {entry.filename: entry.file_size for entry in entries}

    def __contains__(self, path: str) -> bool:
        return path in self.sizes

    def place(self, path: str) -> str:
        """Return the name of a file in the package, for findings."""
        return f"{self.name}!/{path}"

    def read(self, path: str, *, most_bytes: int | None = None) -> bytes:
        """
        Read a file.

        Raises:
            FormatError: If it is too large, is damaged, or the limit for all files of the package is reached.
        """
        most = limit.MAX_PACKAGE_PART if most_bytes is None else most_bytes
        if self.sizes[path] > most:
            raise FormatError(f"it is larger than {_mib(most)}", file=self.place(path))
        return b"".join(self.chunks(path))

    def chunks(self, path: str, *, size: int = _CHUNK) -> Iterator[bytes]:
        """
        Read a file in pieces.

        Raises:
            FormatError: As for `read`, except that a file may have any size.
        """
        claimed = self.sizes[path]
        if claimed > self._budget.left:
            raise self._too_much()
        with self._explained(path), self._zip.open(self._entries[path]) as file:
            # zipfile stops at the claimed size, and compares the check sum at the end.
            while chunk := file.read(size):
                self._budget.left -= len(chunk)
                yield chunk

    def at(self, path: str, offset: int, size: int) -> bytes:
        """Read at most *size* bytes of a file from *offset*. The check sum is not compared."""
        with self._explained(path), self._zip.open(self._entries[path]) as file:
            # Everything before it is uncompressed, in pieces.
            self._budget.left -= min(offset, self.sizes[path])
            if self._budget.left < 0:
                raise self._too_much()
            file.seek(offset)
            return file.read(size)

    def inner(self, path: str) -> Archive:
        """
        Open a package in this package.

        Raises:
            FormatError: If it is too large to be uncompressed in memory, or is damaged.
        """
        entry = self._entries[path]
        name, inside = self.place(path), f"{self.inside}{path}!/"
        if entry.compress_type != zipfile.ZIP_STORED:
            content = self.read(path)
            return Archive(_Window(io.BytesIO(content), 0, len(content), name), name, self._budget, inside)
        with self._explained(path):
            self._window.seek(entry.header_offset)
            mark, name_length, extra_length = _LOCAL.unpack(self._window.read(_LOCAL.size))
            if mark != b"PK\3\4":
                raise zipfile.BadZipFile("a file is not where the list of files says")
        start = entry.header_offset + _LOCAL.size + name_length + extra_length
        return Archive(_Window(self._window, start, entry.file_size, name), name, self._budget, inside)

    def _require_sound(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > limit.MAX_PACKAGE_FILES:
            raise self._refusal(f"it contains more than {limit.MAX_PACKAGE_FILES} files")
        seen: set[str] = set()
        for entry in entries:
            path = entry.filename
            # zipfile cuts names at NUL.
            if _STRANGE.search(entry.orig_filename) or not path:
                raise self._refusal(f"the name {entry.orig_filename[:80]!r} leaves the archive, or is not a path")
            if path in seen:
                raise self._refusal(f"{path[:80]!r} is in the archive twice, and phones may read the other one")
            if entry.flag_bits & 1 or entry.compress_type not in _READABLE:
                raise self._refusal(f"{path[:80]!r} is encrypted, or compressed in a way that no app package uses")
            if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
                raise self._refusal(f"{path[:80]!r} has two sizes")
            seen.add(path)
        end = 0
        for entry in sorted(entries, key=lambda item: item.header_offset):
            if entry.header_offset < end:
                raise self._refusal(f"{entry.filename[:80]!r} overlaps another file of the archive")
            end = entry.header_offset + _LOCAL.size + entry.compress_size
        if end > self._zip.start_dir:
            raise self._refusal("its last file overlaps the list of files")

    def _too_much(self) -> FormatError:
        return FormatError("its files are too large together when they are uncompressed", file=self.name)

    def _refusal(self, problem: str) -> FormatError:
        return FormatError(problem, file=self.name, hint="build the package again; stores refuse this one too")

    @contextmanager
    def _explained(self, path: str | None = None) -> Iterator[None]:
        name = self.name if path is None else self.place(path)
        try:
            yield
        except FormatError:
            raise
        except OSError as error:
            raise FormatError("it cannot be read", file=name) from error
        except _DAMAGED as error:
            raise FormatError("it is damaged, or is not a ZIP archive", file=name) from error


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """
    Open the archive of a package.

    Raises:
        FileError: If the file cannot be read.
        UnknownFormatError: If it is not a ZIP archive.
        FormatError: If it is damaged, hostile or too large.
    """
    name = str(path)
    with explained(name, "cannot be read"):
        file = path.open("rb")
    with file:
        with explained(name, "cannot be read"):
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            begins = file.read(len(_MARK))
        if begins != _MARK:
            raise UnknownFormatError(
                f"{name} is not an app package: it does not begin as a ZIP archive",
                hint="pass an .apk, .aab, .xapk, .apks or .ipa",
            )
        if size > limit.MAX_PACKAGE_BYTES:
            raise FormatError(f"it is larger than {_mib(limit.MAX_PACKAGE_BYTES)}", file=name)
        # Real packages are up to ten times as large when they are uncompressed.
        most = min(limit.MAX_PACKAGE_CONTENT, _LEAST_CONTENT + size * _MAX_RATIO)
        yield Archive(_Window(file, 0, size, name), name, _Budget(most))


def _mib(octets: int) -> str:
    return f"{octets // 2**20} MiB"
