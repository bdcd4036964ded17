"""Read the releases of client libraries, besides the newest, that tests run with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

LOCKS = Path(__file__).parents[2] / "requirements" / "releases"


@dataclass(frozen=True)
class Release:
    """
    A release of one library, or of several libraries that belong together.

    Attributes:
        install: What is installed, as `name==version`.
        tests: Arguments of pytest.
    """

    install: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of its lock."""
        return self.install[0].replace("==", "-")


def _read() -> tuple[Release, ...]:
    table = tomllib.loads((Path(__file__).parent / "releases.toml").read_text("utf-8"))
    return tuple(Release(tuple(entry["install"]), tuple(entry["tests"])) for entry in table["release"])


RELEASES = _read()
