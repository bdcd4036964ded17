"""The option --updates of ``pinsmith lab serve``: test vectors of signed updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock
from pinsmith.cli._bundle import require_extra
from pinsmith.cli._command import PATH
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.live.place import Place

VECTORS_FILE: Final = "vectors.json"

updates_option: Final = click.option(
    "--updates",
    type=PATH,
    metavar="FOLDER",
    help="Also write test vectors of signed updates into FOLDER, which must be empty, and serve them.",
)


def require_possible(folder: Path | None, place: Place) -> None:
    """
    Raise if the test vectors cannot be written, before anything is served. Without *folder*, there are none.

    Raises:
        UsageError: If python-tuf is not installed, or clients need the proxy of the lab.
        FileError: If *folder* is not empty.
    """
    if folder is None:
        return
    require_extra()
    from pinsmith.lab.updates.writing import require_empty

    if place.is_proxied:
        raise UsageError(
            "--updates serves test vectors without a proxy, but clients of this lab need one",
            hint="leave out --state and --name, and serve the test vectors by a command of their own",
        )
    require_empty(folder)


def write(folder: Path, address: str) -> None:
    """
    Write the test vectors and what describes them.

    Raises:
        FileError: If they cannot be written.
    """
    from pinsmith import files
    from pinsmith.documents.document import encode
    from pinsmith.documents.lab_vectors import vectors_document
    from pinsmith.lab.updates.writing import FLOOR_FILE, ROOT_FILE, write_vectors

    written = write_vectors(folder, now=_clock.now(), address=address)
    document = vectors_document(written, floor=FLOOR_FILE, root=ROOT_FILE)
    files.write_atomically(folder / VECTORS_FILE, encode(document) + b"\n")
