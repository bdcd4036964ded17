"""
The Swift package manager: the packages of a Package.resolved, by the names of their repositories.

Source:
    https://docs.swift.org/swiftpm/documentation/packagemanagerdocs/resolvingpackageversions
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, client, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACE: Final = re.compile(r'\s*"(?:location|repositoryURL)"\s*:\s*"[^"]*[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?",?')
_VERSION: Final = re.compile(r'\s*"version"\s*:\s*"([^"]+)",?')


def _read(text: str, file: str) -> Iterator[Client]:
    name = ""
    for number, line in lines(text):
        if found := _PLACE.fullmatch(line):
            name = found[1].lower()
        elif name and (found := _VERSION.fullmatch(line)):
            yield from client(f"swift:{name}", found[1], file, number, is_lock=True)
            name = ""


READER: Final = Reader(
    id="swiftpm",
    title="Swift package manager",
    files="`Package.resolved`",
    is_name=lambda name: name == "Package.resolved",
    read=_read,
)
