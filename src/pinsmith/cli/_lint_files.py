"""Read the files that `pinsmith lint` looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith import rules
from pinsmith.cli._files import read_bytes
from pinsmith.errors import FileError, PinsmithError, UnknownFormatError
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import certificate_reader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from pinsmith.finding import Finding
    from pinsmith.rules import PinnedFile


def read_files(paths: Iterable[Path], *, today: date) -> tuple[list[PinnedFile], list[Finding]]:
    """
    Read files, and the files with pins in folders.

    Returns:
        The files, and a finding for each one that cannot be read.

    Raises:
        FileError: If a file that was named cannot be opened.
        UnknownFormatError: If a file that was named is not recognised.
    """
    files: dict[str, PinnedFile] = {}
    unreadable: list[Finding] = []
    for path in paths:
        is_folder = path.is_dir()
        for file in rules.search(path) if is_folder else (path,):
            name = str(file)
            if name in files:
                continue
            try:
                content = read_bytes(file, most=MAX_BYTES)
                if is_folder and not rules.may_pin(content):
                    continue
                files[name] = rules.read(content, name, today=today, read_certificate=certificate_reader(file))
            except (FileError, UnknownFormatError):
                if not is_folder:
                    raise
            except PinsmithError as error:
                unreadable.append(rules.unreadable(error, name))
    return [*files.values()], unreadable
