"""Find the files in a folder that may contain pins."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.audit import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# Copies of other people's files, and what tools generate. A name that begins with a dot is skipped too.
_SKIPPED: Final = {
    "node_modules",
    "Pods",
    "Carthage",
    "DerivedData",
    "build",
    "dist",
    "target",
    "vendor",
    "__pycache__",
}
_SUFFIXES: Final = {".xml", ".plist", ".json", ".toml", ".yaml", ".yml", ".conf", ".cfg", ".txt", ".zone", ".curlrc"}
_SIGN: Final = re.compile(rb"pin|sha-?256|tlsa", re.IGNORECASE)


def search(folder: Path) -> Iterator[Path]:
    """
    Yield the files below *folder* whose names are those of files that may contain pins, in the order of their names.

    Links are not followed, so the search ends and stays below *folder*.
    """
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            suits = path.suffix in _SUFFIXES or language_of(name) is not None or name.endswith(("curlrc", "wgetrc"))
            # Other TOML files are not pin files.
            if suits and (path.suffix != ".toml" or name.endswith("pins.toml")) and path.is_file():
                yield path


def may_pin(content: bytes) -> bool:
    """Say whether a file may contain pins, so that it is worth the time of reading it."""
    return bool(_SIGN.search(content.replace(b"\0", b"")))
