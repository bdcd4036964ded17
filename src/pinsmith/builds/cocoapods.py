"""
CocoaPods: the pods of a Podfile.lock, and those of a Podfile that have one version.

Source:
    https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock,
    https://guides.cocoapods.org/syntax/podfile.html#pod
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, client, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK: Final = "Podfile.lock"
_LOCKED: Final = re.compile(r'  - "?([\w.+-]+)(?:/[\w.+/-]+)? \(([^()=<>~ ]+)\)"?:?')
_ASKED: Final = re.compile(r"""\s*pod\s*\(?\s*["']([\w.+-]+)["']\s*,\s*["']=?\s*([^"'<>~]+)["'].*""")


def _read(text: str, file: str) -> Iterator[Client]:
    is_lock = file.endswith(_LOCK)
    for number, line in lines(text):
        if found := (_LOCKED if is_lock else _ASKED).fullmatch(line):
            yield from client(f"cocoapods:{found[1]}", found[2], file, number, is_lock=is_lock)


READER: Final = Reader(
    id="cocoapods",
    title="CocoaPods",
    files="`Podfile`, `Podfile.lock`",
    is_name=lambda name: name in {"Podfile", _LOCK},
    read=_read,
)
