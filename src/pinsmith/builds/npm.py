"""
npm, Yarn and pnpm: the packages of their locks, and those of a package.json that have one version.

Source:
    https://docs.npmjs.com/cli/configuring-npm/package-lock-json, https://pnpm.io/lockfile-format;
    https://classic.yarnpkg.com/en/docs/yarn-lock
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, client, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_NPM: Final = ("package-lock.json", "npm-shrinkwrap.json")
_MANIFEST: Final = "package.json"
_YARN: Final = "yarn.lock"
_PNPM: Final = "pnpm-lock.yaml"
_NAME: Final = r"((?:@[\w.-]+/)?[\w.-]+)"
_OPENED: Final = re.compile(rf'\s*"(?:[^"]*node_modules/)?{_NAME}": \{{')
_VERSION: Final = re.compile(r'\s*"version": "([^"]+)",?')
_WANTED: Final = re.compile(rf'\s*"{_NAME}": "([^"]+)",?')
_ASKED: Final = re.compile(rf'"?{_NAME}@.*:')
_RESOLVED: Final = re.compile(r'  version:? "?([^"\s]+)"?')
_LISTED: Final = re.compile(rf"  '?/?{_NAME}[@/](\d[^:('_]*)(?:[(_][^:]*)?'?:")


def _read(text: str, file: str) -> Iterator[Client]:
    if file.endswith(_PNPM):
        yield from _read_pnpm(text, file)
    elif file.endswith(_YARN):
        yield from _read_pairs(text, file, _ASKED, _RESOLVED)
    elif file.endswith(_MANIFEST):
        yield from _read_manifest(text, file)
    else:
        yield from _read_pairs(text, file, _OPENED, _VERSION)


def _read_manifest(text: str, file: str) -> Iterator[Client]:
    for number, line in lines(text):
        found = _WANTED.fullmatch(line)
        if found and found[1] != "version":  # of the project itself
            yield from client(f"npm:{found[1]}", found[2], file, number, is_lock=False)


def _read_pairs(text: str, file: str, opened: re.Pattern[str], version: re.Pattern[str]) -> Iterator[Client]:
    """Read a lock in which a line has the name of a package, and one of the next lines its version."""
    name = ""
    for number, line in lines(text):
        if found := opened.fullmatch(line):
            name = found[1]
        elif name and (found := version.fullmatch(line)):
            yield from client(f"npm:{name}", found[1], file, number, is_lock=True)
            name = ""


def _read_pnpm(text: str, file: str) -> Iterator[Client]:
    seen: set[tuple[str, str]] = set()  # what is in `packages` is in `snapshots` again
    for number, line in lines(text):
        found = _LISTED.fullmatch(line)
        if found and found.groups() not in seen:
            seen.add((found[1], found[2]))
            yield from client(f"npm:{found[1]}", found[2], file, number, is_lock=True)


READER: Final = Reader(
    id="npm",
    title="npm, Yarn and pnpm",
    files="`package.json`, `package-lock.json`, `npm-shrinkwrap.json`, `yarn.lock`, `pnpm-lock.yaml`",
    is_name=lambda name: name in {*_NPM, _MANIFEST, _YARN, _PNPM},
    read=_read,
)
