"""
Maven: the dependencies of a pom.xml that have a version, or a property of the same file.

Source:
    https://maven.apache.org/pom.html#Dependencies
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, client

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMBER: Final = re.compile(r"<(groupId|artifactId|version)>\s*([^<\s]+)\s*</")
_PROPERTY: Final = re.compile(r"<([\w.-]+)>([\w.+-]+)</\1>")
_MAX_DEPENDENCY: Final = 4_000


def _read(text: str, file: str) -> Iterator[Client]:
    text = "".join(_without_remarks(text))
    known = dict(_PROPERTY.findall(text))
    before, *blocks = text.split("<dependency>")
    line = 1 + before.count("\n")
    for block in blocks:
        held = dict(_MEMBER.findall(block[:_MAX_DEPENDENCY].partition("</dependency>")[0]))
        version = held.get("version", "")
        if version.startswith("${"):
            version = known.get(version[2:].removesuffix("}"), "")
        package = f"maven:{held.get('groupId')}:{held.get('artifactId')}"
        yield from client(package, version, file, line, is_lock=False)
        line += block.count("\n")


def _without_remarks(text: str) -> Iterator[str]:
    """Yield the text between comments, and their line breaks. An expression would take quadratic time."""
    first, *others = text.split("<!--")
    yield first
    for part in others:
        remark, _, after = part.partition("-->")
        yield "\n" * remark.count("\n") + after


READER: Final = Reader(
    id="maven",
    title="Maven",
    files="`pom.xml`",
    is_name=lambda name: name == "pom.xml",
    read=_read,
)
