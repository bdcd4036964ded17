"""
.NET: the target frameworks of a project that are for Android.

Source:
    https://learn.microsoft.com/en-us/dotnet/standard/frameworks
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, client, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_FRAMEWORKS: Final = re.compile(r"<TargetFrameworks?\b[^>]*>([^<]*)</TargetFramework")
_ANDROID: Final = re.compile(r"net(\d+\.\d+)-android[\d.]*")


def _read(text: str, file: str) -> Iterator[Client]:
    for number, line in lines(text):
        for listed in _FRAMEWORKS.findall(line):
            for name in listed.split(";"):
                if found := _ANDROID.fullmatch(name.strip()):
                    yield from client("dotnet:.NET for Android", found[1], file, number, is_lock=False)


READER: Final = Reader(
    id="dotnet",
    title=".NET",
    files="`*.csproj`",
    is_name=lambda name: name.endswith(".csproj"),
    read=_read,
)
