"""
pins.lock: for each output, a digest of the pins that sync last wrote there.

pinsmith wrote the pins that match their digest, so they may be overwritten. If the lock cannot be read, all pins count
as somebody else's. No file: texts are arguments.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pinsmith.pinfile._write import toml_text

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "pins.lock"
PART: Final = "#"
"""Stands between the path and the format of an output that writes a part of a file which another output writes too."""
VERSION: Final = 1
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")
_HEAD: Final = """\
# A record of the pins that `pinsmith sync` last wrote. Commit this file, and do not edit it: `pinsmith sync` overwrites
# pins that are not recorded here only with --drop-foreign. If a merge breaks this file, run `pinsmith sync`.
"""


@dataclass(frozen=True, slots=True)
class PinsLock:
    """
    The content of a lock.

    Attributes:
        digests: By the path of each output, relative to the folder of the lock.
        problem: Why it could not be read, to be read after its name; None if it could, or if there is none.
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None


def parse(content: bytes | None) -> PinsLock:
    """Read a lock. The result is empty without a lock; if the lock is broken, it holds only the problem."""
    if content is None:
        return PinsLock()
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        is_merged = any(line.startswith((b"<<<<<<< ", b">>>>>>> ")) for line in content.split(b"\n"))
        return PinsLock(problem="contains a merge conflict" if is_merged else "is damaged")
    version = document.get("version")
    if version != VERSION:
        return PinsLock(problem=f"has version {version!r}, but this pinsmith reads version {VERSION}")
    outputs = document.get("outputs", {})
    if not isinstance(outputs, dict) or not all(
        isinstance(digest, str) and _DIGEST.match(digest) for digest in outputs.values()
    ):
        return PinsLock(problem="is damaged")
    return PinsLock(outputs)


def write(digests: Mapping[str, str]) -> bytes:
    """Write a lock: sorted, and one line for each output, so that branches merge."""
    lines = [f"{toml_text(path)} = {toml_text(digest)}" for path, digest in sorted(digests.items())]
    return (_HEAD + "\n".join([f"version = {VERSION}", "", "[outputs]", *lines, ""])).encode()
