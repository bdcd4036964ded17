"""
The files of a repository, found with bounded effort and read one by one.

Links are not followed, and directories of tools and of other people's code are skipped. A file that cannot be read or
parsed becomes a finding with its place, and the rest goes on.
"""

from __future__ import annotations

import os
import posixpath
from collections import defaultdict, deque
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.finding import FilePlace
from pinsmith.setup.rule import found
from pinsmith.syntax.json import parse_json
from pinsmith.syntax.plist import members, read_plist
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.text import decode
from pinsmith.syntax.xml import parse_xml, require_encoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pinsmith.finding import Finding
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.plist import Node as PlistNode
    from pinsmith.syntax.xml import Document

MAX_ENTRIES: Final = 100_000
MAX_DEPTH: Final = 16
MAX_FILE_BYTES: Final = 2 * 1024 * 1024
SKIPPED: Final = frozenset({
    "Carthage", "DerivedData", "Pods", "__pycache__", "bin", "bower_components", "build", "dist", "node_modules", "obj",
    "out", "site-packages", "target", "third_party", "thirdparty", "vendor", "vendored", "venv",
})  # fmt: skip
"""Directories that are never entered. Those that begin with a dot are not entered either."""

# What Cordova generates beside its config.xml.
_SKIPPED_BESIDE: Final = {"config.xml": frozenset({"platforms", "plugins"})}
_T = TypeVar("_T")


class Tree:
    """
    The files below some directories. Paths are POSIX and relative to *base*; those above it begin with ``..``.

    Args:
        base: The directory of the pin file, to which outputs are relative.

        starts: The directories to search; *base* alone by default.

    Attributes:
        base: As given.
        paths: Every file, sorted. Links are left out.
        findings: Everything that could not be searched, read or parsed.
        changes: New contents of files, which are not written yet.
    """

    def __init__(self, base: Path, starts: Iterable[Path] = ()) -> None:
        self.base = base
        self.changes: dict[str, bytes] = {}
        self.findings: list[Finding] = []
        self._left = MAX_ENTRIES
        self._contents: dict[str, bytes | None] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_suffix: dict[str, list[str]] = {}
        found_paths: set[str] = set()
        self._starts = [
            Path(os.path.relpath(start.resolve(), base.resolve())).as_posix() for start in tuple(starts) or (base,)
        ]
        for start in self._starts:
            found_paths.update(self._walk(start))
        self.paths = tuple(sorted(found_paths))
        self._known = found_paths
        for path in self.paths:
            self._by_name[posixpath.basename(path)].append(path)

    def _walk(self, start: str) -> Iterator[str]:
        # Level by level, because apps stand above what they contain, and the search may end early.
        waiting = deque([(start, 0)])
        while waiting:
            folder, depth = waiting.popleft()
            entries = self._entries(folder)
            names = {entry.name for entry in entries}
            skipped = SKIPPED.union(*(more for name, more in _SKIPPED_BESIDE.items() if name in names))
            for entry in entries:
                path = join(folder, entry.name)
                if entry.is_file(follow_symlinks=False):
                    yield path
                elif not entry.is_dir(follow_symlinks=False) or entry.name in skipped or entry.name.startswith("."):
                    continue
                elif depth >= MAX_DEPTH:
                    self._note_limit(path, f"directories below a depth of {MAX_DEPTH} are not searched")
                else:
                    waiting.append((path, depth + 1))

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        if self._left <= 0:
            return []
        taken: list[os.DirEntry[str]] = []
        try:
            with os.scandir(self.base / folder) as entries:
                for entry in entries:
                    self._left -= 1
                    if self._left < 0:
                        self._note_limit(folder, f"only the first {MAX_ENTRIES:,} files and directories are searched")
                        break
                    if _is_encodable(entry.name):
                        taken.append(entry)
        except OSError as error:
            text = f"the directory cannot be searched: {files.words_of(error)}"
            self.findings.append(found("file-not-read", FilePlace(folder), text))
        return sorted(taken, key=lambda entry: entry.name)

    def _note_limit(self, folder: str, text: str) -> None:
        if not any(finding.rule == "search-incomplete" for finding in self.findings):
            fix = "name the directories of your apps, as in `pinsmith setup DIRECTORY`"
            self.findings.append(found("search-incomplete", FilePlace(folder), text, fix))

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def covers(self, path: str) -> bool:
        """Say whether a path is in one of the directories that were searched."""
        here = posixpath.normpath(path)
        return not posixpath.isabs(here) and any(is_below(here, start) for start in self._starts)

    def named(self, *names: str) -> Iterator[str]:
        """Yield the files that have one of these names, whatever their directory."""
        for name in names:
            yield from self._by_name.get(name, ())

    def ending(self, suffix: str) -> Iterator[str]:
        """Yield the files whose paths end like this."""
        if suffix not in self._by_suffix:
            self._by_suffix[suffix] = [path for path in self.paths if path.endswith(suffix)]
        yield from self._by_suffix[suffix]

    def below(self, folder: str) -> Iterator[str]:
        """Yield the files below a directory; an empty name is the directory of the pin file."""
        yield from (path for path in self.paths if is_below(path, folder))

    def nearest(self, path: str, *names: str) -> str | None:
        """Return the file with one of these names in the directory of *path*, or in the next one above."""
        candidates = (join(folder, name) for folder in above(path) for name in names)
        return next((candidate for candidate in candidates if candidate in self), None)

    def content(self, path: str) -> bytes | None:
        """Return the content of a file, with the changes so far; None if there is none, or it cannot be read."""
        if path in self.changes:
            return self.changes[path]
        if path not in self._contents:
            self._contents[path] = self._read(path) if path in self else None
        return self._contents[path]

    def original(self, path: str) -> bytes | None:
        """Return the content of a file as it was read."""
        return self._contents.get(path)

    def _read(self, path: str) -> bytes | None:
        try:
            return files.read(self.base / path, most_bytes=MAX_FILE_BYTES)
        except FileError as error:
            problem = str(error).removeprefix(f"{self.base / path} ")
            self._note(found("file-not-read", FilePlace(path), f"the file {problem}", error.hint))
            return None

    def text(self, path: str) -> str:
        """Return the text of a file; empty if there is none, or it cannot be read."""
        return self._parsed(path, decode) or ""

    def json(self, path: str, *, loose: bool = False) -> Node | None:
        """Return the JSON of a file; *loose* allows JSON5. None if there is none, or it cannot be parsed."""
        return self._parsed(path, lambda content: parse_json(decode(content), loose=loose))

    def xml(self, path: str) -> Document | None:
        """Return the XML of a file; None if there is none, or it cannot be parsed."""
        return self._parsed(path, _xml)

    def plist(self, path: str) -> PlistNode | None:
        """Return the outermost dictionary of a property list; None if there is none, or it cannot be parsed."""
        return self._parsed(path, _plist)

    def _parsed(self, path: str, parse: Callable[[bytes], _T]) -> _T | None:
        content = self.content(path)
        if content is None:
            return None
        try:
            return parse(content)
        except SyntaxFaultError as error:
            place = FilePlace(path, error.line or None, (error.column or None) if error.line else None)
            self._note(found("file-not-read", place, error.problem, error.hint))
            return None

    def _note(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings.append(finding)


def _xml(content: bytes) -> Document:
    document = parse_xml(decode(content))
    require_encoding(document.encoding, content)
    return document


def _plist(content: bytes) -> PlistNode:
    root = read_plist(content).root
    members(root, "the property list")
    return root


def _is_encodable(name: str) -> bool:
    """Say whether a name is text, so that it can stand in a pin file."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def join(folder: str, name: str) -> str:
    """Join a directory, which may be empty, and a path below it."""
    return posixpath.normpath(posixpath.join(folder, name))


def above(path: str) -> Iterator[str]:
    """Yield the directories that contain a path, from the innermost to that of the pin file, or to one above it."""
    folder = posixpath.dirname(posixpath.normpath(path))
    while True:
        yield folder
        if folder in {"", "/"} or posixpath.basename(folder) == "..":
            return
        folder = posixpath.dirname(folder)


def is_below(path: str, folder: str) -> bool:
    """Say whether a path is below a directory; an empty name is the directory of the pin file."""
    if folder in {"", "."}:
        return not path.startswith("../")
    return path.startswith(f"{folder}/")
