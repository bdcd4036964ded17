"""
Build files: the versions of clients that a project uses, and the known holes in their pinning.

A new kind of file is one file, one line here, its samples, and a line in the changelog. Files of package managers are
read line by line, as their tools write them: none is parsed, so none can be too deep. Only packages with an entry in
``holes.toml`` matter, so package managers without such a package are not read.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.builds import cargo, cocoapods, conan, dotnet, flutter, gradle, maven, npm, python, swiftpm
from pinsmith.builds._hole import Hole as Hole, holes as holes, holes_of as holes_of

if TYPE_CHECKING:
    from pinsmith.builds._reader import Client as Client, Reader

READERS: Final[tuple[Reader, ...]] = (
    cargo.READER,
    cocoapods.READER,
    conan.READER,
    dotnet.READER,
    flutter.READER,
    gradle.READER,
    maven.READER,
    npm.READER,
    python.READER,
    swiftpm.READER,
)
"""All readers, in the order of their ids."""

_SIGN: Final = re.compile(
    rb"okhttp|with_ssl|requests|aiohttp|rustls-webpki|net[0-9.]+-android|sdk:\s*['\"]?flutter|starscream|undici"
    rb"|https-proxy-agent|\brequest(?:@|\": \{|/\d)",
    re.IGNORECASE,
)


def is_name(file: str) -> bool:
    """Return whether *file* has the name of a build file."""
    name = PurePath(file).name
    return any(reader.is_name(name) for reader in READERS)


def may_matter(content: bytes, file: str) -> bool:
    """Return whether it is worth the time to read a file: it is a build file that mentions a client with a hole."""
    return is_name(file) and _SIGN.search(content) is not None


def read(text: str, file: str) -> tuple[Client, ...]:
    """Return the clients with holes in some version, and those of Flutter, in the order of the file."""
    name = PurePath(file).name
    known = frozenset[str]().union(*(hole.packages for hole in holes()))
    return tuple(
        client
        for reader in READERS
        if reader.is_name(name)
        for client in reader.read(text, file)
        if client.package in known or reader is flutter.READER
    )
