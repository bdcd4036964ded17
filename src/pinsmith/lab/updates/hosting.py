"""A web host for test vectors. It gives files of one folder, and nothing outside of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.lab.servers.site import Answer, Site

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.servers.site import Request

PATH: Final = "/updates/"
_PART: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"  # cannot be "..", or a drive
_FILE: Final = re.compile(rf"{PATH}((?:{_PART}/)*{_PART})")
_METHODS: Final = frozenset({"GET", "HEAD"})


def site_of(folder: Path) -> Site:
    """Return a site that answers with the files of *folder*, each below `PATH`, as they are at that time."""

    def answer(request: Request) -> Answer:
        found = _FILE.fullmatch(request.path)
        if found is None or request.method not in _METHODS:
            return Answer(404, body=b"")
        file = folder.joinpath(*found[1].split("/"))
        return Answer(body=file.read_bytes()) if file.is_file() else Answer(404, body=b"")

    return Site(answer, keeps_open=False)
