"""Certificates that an earlier sync wrote and that no output writes any more."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pinsmith import files, formats
from pinsmith.certificate import Certificate
from pinsmith.errors import CertificateError, ExportError
from pinsmith.sync import material

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pinsmith.sync.change import Change


def require_none(changes: Sequence[Change]) -> None:
    """
    Raise if a certificate is left beside an output, and the platform trusts every file there.

    A file counts only if its name contains the beginning of the pin of its certificate, because only such a file was
    certainly written by an earlier sync.

    Args:
        changes: The changes of every output.

    Raises:
        ExportError: If there are such files; it names them.
        FileError: If a file cannot be read.
    """
    names: dict[Path, str] = {}
    for path, name in _left(changes):
        names.setdefault(path, name)  # two outputs may have the same folder under different names
    if names:
        first, *others = names.values()
        raise ExportError(
            f"{first} belongs to a key that is no longer pinned, but the app may still trust it",
            details=[f"so does {name}" for name in others],
            hint="delete it; if another pin file writes it, give each pin file its own folder",
        )


def _left(changes: Sequence[Change]) -> Iterator[tuple[Path, str]]:
    written = {change.path for change in changes}
    for change in changes:
        names, folder = formats.find(change.format).trusted_names, change.path.parent
        if names is None or not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            match = names.fullmatch(path.name)
            if match is None or path in written or path.is_symlink() or not path.is_file():
                continue
            if _is_of(path, match[1]):
                yield path, (PurePosixPath(change.name).parent / path.name).as_posix()


def _is_of(path: Path, digits: str) -> bool:
    """Say whether a file is a certificate of a key whose pin begins with these hexadecimal digits."""
    try:
        return Certificate(files.read(path, most_bytes=material.MAX_BYTES)).pin.hex.startswith(digits)
    except CertificateError:
        return False
