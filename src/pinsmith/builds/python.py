"""
Python: requirements files and locks.

A requirement with a range counts by all versions in it.

Source:
    https://packaging.python.org/en/latest/specifications/version-specifiers/,
    https://packaging.python.org/en/latest/specifications/pylock-toml/,
    https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, client, lines, locked_tables
from pinsmith.builds._version import parse_span
from pinsmith.finding import FilePlace

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIST: Final = re.compile(r"(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.txt")
_PYLOCK: Final = re.compile(r"pylock(?:\.[^.]+)?\.toml")
_LOCKS: Final = ("poetry.lock", "uv.lock", "pdm.lock")
_PIPFILE: Final = "Pipfile.lock"
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([<>=!~][^;#\\)]*)")
_OPENED: Final = re.compile(r'\s*"([\w.-]+)": \{')
_VERSION: Final = re.compile(r'\s*"version": "==([^"]+)",?')


def _read(text: str, file: str) -> Iterator[Client]:
    if file.endswith(_PIPFILE):
        yield from _read_pipfile(text, file)
    elif file.endswith(".txt"):
        yield from _read_list(text, file)
    else:
        yield from locked_tables(text, file, "pypi")


def _read_list(text: str, file: str) -> Iterator[Client]:
    for number, line in lines(text):
        found = _REQUIREMENT.match(line)
        span = parse_span(found[2]) if found is not None else None
        if found is not None and span is not None:
            name = re.sub(r"[-_.]+", "-", found[1]).lower()
            shown = found[2].strip().removeprefix("==")
            yield Client(f"pypi:{name}", shown, span, FilePlace(file, number), is_lock=False)


def _read_pipfile(text: str, file: str) -> Iterator[Client]:
    name = ""
    for number, line in lines(text):
        if found := _OPENED.fullmatch(line):
            name = found[1]
        elif found := _VERSION.fullmatch(line):
            yield from client(f"pypi:{name}", found[1], file, number, is_lock=True)


READER: Final = Reader(
    id="python",
    title="Python",
    files=("`requirements.txt` and similar names, `poetry.lock`, `uv.lock`, `pdm.lock`, `pylock.toml`, `Pipfile.lock`"),
    is_name=lambda name: name in {*_LOCKS, _PIPFILE} or bool(_LIST.fullmatch(name) or _PYLOCK.fullmatch(name)),
    read=_read,
)
