"""
Gradle: dependencies with a version in build files and version catalogues, and those of lock files.

Versions that are variables count if the same file sets them. Dynamic versions such as ``4.+`` are left out.

Source:
    https://docs.gradle.org/current/userguide/version_catalogs.html,
    https://docs.gradle.org/current/userguide/dependency_locking.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, client, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK: Final = "gradle.lockfile"
_CATALOGUE: Final = ".versions.toml"
_BUILDS: Final = ("build.gradle", "build.gradle.kts")
_COORDINATES: Final = re.compile(r"""["']([\w.-]+:[\w.-]+)(?::([^"':@]+))?[^"']*["']""")
_LOCKED: Final = re.compile(r"([\w.-]+:[\w.-]+):([^=:]+)=.*")
_SET: Final = re.compile(r"""([\w.-]+)\s*=\s*["']([\w.+-]+)["']""")
_IN_PARTS: Final = re.compile(r"""\bgroup\s*=\s*["']([\w.-]+)["'].*\bname\s*=\s*["']([\w.-]+)["']""")
_GIVEN: Final = re.compile(r"""\bversion\s*=\s*["']([^"']+)["']""")
_REFERENCE: Final = re.compile(r"""\bversion\.ref\s*=\s*["']([\w.-]+)["']""")
_VARIABLE: Final = re.compile(r"\$\{?([\w.]+)\}?")


def _read(text: str, file: str) -> Iterator[Client]:
    if file.endswith(_LOCK):
        for number, line in lines(text):
            if found := _LOCKED.fullmatch(line):
                yield from client(f"maven:{found[1]}", found[2], file, number, is_lock=True)
        return
    rows = [(number, line) for number, line in lines(text) if not line.lstrip().startswith(("//", "*", "/*", "#"))]
    known = {name.rpartition(".")[2]: value for _, line in rows for name, value in _SET.findall(line)}
    find = _in_catalogue if file.endswith(_CATALOGUE) else _in_build
    for number, line in rows:
        for package, version in find(line, known):
            yield from client(f"maven:{package}", version.removesuffix("!!"), file, number, is_lock=False)


def _in_build(line: str, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    for package, version in _COORDINATES.findall(line):
        variable = _VARIABLE.fullmatch(version)
        yield package, known.get(variable[1].rpartition(".")[2], "") if variable else version


def _in_catalogue(line: str, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    parts, written = _IN_PARTS.search(line), _COORDINATES.search(line)
    package = ":".join(parts.groups()) if parts else written[1] if written else ""
    reference, given = _REFERENCE.search(line), _GIVEN.search(line)
    if package:
        other = (written[2] or "") if written else ""
        yield package, known.get(reference[1].rpartition(".")[2], "") if reference else given[1] if given else other


READER: Final = Reader(
    id="gradle",
    title="Gradle",
    files="`build.gradle`, `build.gradle.kts`, `*.versions.toml`, `gradle.lockfile`",
    is_name=lambda name: name in {*_BUILDS, _LOCK} or name.endswith(_CATALOGUE),
    read=_read,
)
