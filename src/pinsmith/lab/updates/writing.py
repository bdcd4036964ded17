"""The test vectors as files, in the form in which a web host publishes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pinsmith import files, pinfile
from pinsmith.errors import FileError
from pinsmith.lab.updates.policies import FLOOR
from pinsmith.lab.updates.story import Keys, Story
from pinsmith.lab.vectors import VECTORS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from pinsmith.lab.updates.vector import Vector

DAYS: Final = 30
MAX_DAYS: Final = 366
ADDRESS: Final = "https://updates.example.com/"
FLOOR_FILE: Final = "floor.toml"
ROOT_FILE: Final = "root.json"


@dataclass(frozen=True, slots=True)
class Written:
    """
    A folder of test vectors.

    Attributes:
        vectors: The vectors, each in a folder with its id, and its states in folders 1, 2 and so on.
        address: The URL of the folder, with a slash at its end.
        made: When everything was signed.
        until: When it expires, so that clients refuse all of it.
    """

    vectors: tuple[Vector, ...]
    address: str
    made: datetime
    until: datetime


def write_vectors(
    folder: Path,
    *,
    now: datetime,
    days: int = DAYS,
    address: str = ADDRESS,
    vectors: Iterable[Vector] = VECTORS,
) -> Written:
    """
    Write test vectors, all by one team of new keys, which are then forgotten.

    Besides the vectors, the folder gets what a client is built with: `FLOOR_FILE` and `ROOT_FILE`.

    Args:
        folder: It must be empty, or missing.

        now: Aware.

        days: How long the files can be used, from 1 to `MAX_DAYS`.

        address: The URL at which they will be published, https, with a slash at its end.

        vectors: By default all.

    Raises:
        FileError: If *folder* is not empty, or cannot be written.
        ValueError: If *days* is out of range.
    """
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(f"{days} is not a number of days from 1 to {MAX_DAYS}")
    require_empty(folder)
    now, keys = now.replace(microsecond=0), Keys()
    until, host = now + timedelta(days=days), urlsplit(address).hostname or ""
    chosen = tuple(vectors)
    for vector in chosen:
        story = Story(keys, now=now, until=until, update_host=host)
        vector.play(story)
        for number, state in enumerate(story.states, 1):
            for path, content in state.items():
                _write(folder / vector.id / str(number) / path, content)
    _write(folder / ROOT_FILE, Story(keys, now=now, until=until, update_host=host).first_root)
    _write(folder / FLOOR_FILE, floor_text(address).encode())
    return Written(chosen, address, now, until)


def require_empty(folder: Path) -> None:
    """
    Raise unless *folder* is empty or missing, so that nothing in it is taken for a test vector.

    Raises:
        FileError: If it is not.
    """
    with files.explained(str(folder), "cannot be read"):
        if folder.exists() and any(folder.iterdir()):
            raise FileError(
                f"{folder} is not empty, so no test vectors were written",
                path=str(folder),
                hint="name a folder that is empty or does not exist",
            )


def floor_text(address: str) -> str:
    """Return the pin file of the clients. Removed pins end at once, so that the policy in force is the signed one."""
    table = f'\n[updates]\naddresses = ["{address}"]\nroot = "{ROOT_FILE}"\nremoval-delay = 0\n'
    return pinfile.write(FLOOR) + table


def _write(path: Path, content: bytes) -> None:
    files.make_parents(path)
    files.write_atomically(path, content)
