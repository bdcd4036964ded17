"""The types of build files: what a file says about clients, and how locks that list packages in tables are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.builds._version import Span, exactly, parse_version
from pinsmith.finding import FilePlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_LINE: Final = 2_000
_NAME: Final = re.compile(r'name = "([^"]+)"\s*')
_VERSION: Final = re.compile(r'version = "([^"]+)"\s*')


@dataclass(frozen=True, slots=True)
class Client:
    """
    A package that a project uses.

    Attributes:
        package: Its ecosystem, a colon and its name, such as ``pypi:requests``.
        shown: Its version, or the range that may be installed, as the file has it.
        versions: The same; None if versions do not matter.
        place: The line.
        is_lock: Whether the file lists what was resolved, and not what was asked for.
    """

    package: str
    shown: str
    versions: Span | None
    place: FilePlace
    is_lock: bool

    @property
    def name(self) -> str:
        """The name, without the ecosystem and the group of Maven, or the owner of a repository."""
        return re.split("[:/]", self.package)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """
    A kind of build file.

    Attributes:
        id: Kebab-case.
        title: The package manager.
        files: The files, as the documentation shows them.
        is_name: Says whether a file, by its name without folders, is of this kind.
        read: Yields the packages of such a file. It never fails: what it does not understand is left out.
    """

    id: str
    title: str
    files: str
    is_name: Callable[[str], bool]
    read: Callable[[str, str], Iterator[Client]]


def client(package: str, version: str, file: str, line: int, *, is_lock: bool) -> Iterator[Client]:
    """Yield a package of one version; nothing if the version is a variable or a range."""
    parsed = parse_version(version)
    if parsed is not None:
        yield Client(package, version.strip(), exactly(parsed), FilePlace(file, line), is_lock)


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers. Very long ones are left out: package managers write none."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) <= _MAX_LINE:
            yield number, line.rstrip("\r")


def locked_tables(text: str, file: str, ecosystem: str) -> Iterator[Client]:
    """Yield the packages of a lock in TOML, in which each ``[[package]]`` has a name and then a version."""
    name = ""
    for number, line in lines(text):
        if line.startswith("["):
            name = ""
        elif found := _NAME.fullmatch(line):
            name = found[1]
        elif name and (found := _VERSION.fullmatch(line)):
            yield from client(f"{ecosystem}:{name}", found[1], file, number, is_lock=True)
