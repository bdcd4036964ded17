"""Find the files in a folder that may contain pins, configure renewals of certificates, or list clients."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from pinsmith import builds, renewal
from pinsmith.audit import language_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
_NEVER_PIN: Final = {".service", ".tf"}  # no pins are read in them
# In lower case. Words are searched much faster than a pattern.
_SIGNS: Final = tuple(b"pin debuggable fingerprint rnsslmanagerdisabled sha-256 sha256 spki tlsa".split())


def search(folder: Path, *, failed: Callable[[OSError], object] | None = None) -> Iterator[Path]:
    """
    Yield the files below *folder* that may contain pins, configure renewals or list clients, by their names.

    Links to folders are not followed, so the search ends and stays below *folder*. A link to a file counts only if the
    file is below *folder* and was not found itself.

    Args:
        folder: Where the search begins.

        failed: Gets the error of each folder that cannot be read, and of each link that leads to a file elsewhere;
            without it, they are ignored.
    """
    found: set[Path] = set()
    links: list[Path] = []
    for here, folders, names in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            suits = (
                path.suffix in _SUFFIXES
                or name.endswith(("curlrc", "wgetrc"))
                or language_of(name) is not None
                or renewal.is_name(name)
                or builds.is_name(name)
            )
            # Other TOML files are not pin files.
            is_other = path.suffix == ".toml" and not (name.endswith("pins.toml") or builds.is_name(name))
            if not suits or is_other or not path.is_file():
                continue
            if path.is_symlink():
                links.append(path)
            else:
                found.add(path.resolve())
                yield path
    top = folder.resolve()
    for link in links:
        target = link.resolve()
        if not target.is_relative_to(top) and failed is not None:
            failed(OSError(errno.EXDEV, "it is a link to a file elsewhere, which is not read", str(link)))
        elif target.is_relative_to(top) and target not in found:
            found.add(target)
            yield link


def may_matter(content: bytes, name: str) -> bool:
    """Say whether a file may contain pins or configure renewals, so that it is worth the time of reading it."""
    return may_pin(content, name) or renewal.may_renew(content, name)


def may_pin(content: bytes, name: str) -> bool:
    """Say whether a file may contain pins."""
    reads_pins = language_of(name) is not None or PurePath(name).suffix not in _NEVER_PIN
    text = content.replace(b"\0", b"").lower() if reads_pins else b""
    return any(sign in text for sign in _SIGNS)
