"""A backup as users give it: a pin in any spelling, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith.cli import _output
from pinsmith.errors import MaterialError, PinFormatError

if TYPE_CHECKING:
    from pinsmith.material import Material
    from pinsmith.policy import KeyRole
    from pinsmith.rotation.enrolment import Backup


def read_backup(text: str) -> Backup:
    """
    Read a pin, or the one key that a file holds.

    Remarks about an odd spelling are told.

    Raises:
        PinFormatError: it is neither a pin nor a file.
        KnownBadPinError: no key can have it.
        MaterialError: the file holds no key, or several.
        FileError: it cannot be read.
    """
    from pinsmith.rotation.enrolment import Backup

    path = Path(text)
    if path.is_file():
        return _of_file(path)
    from pinsmith.pin import parse_spelling

    try:
        spelling = parse_spelling(text)
    except PinFormatError as error:
        if error.code == PinFormatError.code:
            error.args = (f"--backup: there is no such file, and {error}",)
            error.hint = "give a pin, or the path of a certificate, request or key"
        raise
    if spelling.remarks:
        _output.warning(f"--backup {text}: {', '.join(spelling.remarks)}; pinned as {spelling.pin}")
    return Backup(spelling.pin)


def _of_file(path: Path) -> Backup:
    from pinsmith.cli._files import read_bytes
    from pinsmith.material import MAX_BYTES, read_material
    from pinsmith.rotation.enrolment import Backup

    try:
        found = read_material(read_bytes(path, most=MAX_BYTES))
    except MaterialError as error:
        error.args = (f"{path}: {error}",)
        raise
    by_pin = {each.pin: each for each in found}
    if len(by_pin) > 1:
        raise MaterialError(
            f"{path} holds {len(by_pin)} different keys, one expected",
            hint=f"choose one: `pinsmith show {path}` lists their pins",
        )
    each = found[0]
    return Backup(
        each.pin,
        _role(each),
        each.algorithm,
        each.subject or None,
        _name(each.subject) if each.certificate else None,
    )


def _role(each: Material) -> KeyRole:
    """Say what the key in a file is; a key or a request without a certificate is taken for that of a leaf."""
    if each.certificate is None or not each.certificate.is_authority:
        return "leaf"
    return "root" if each.certificate.is_self_issued else "intermediate"


def _name(subject: str | None) -> str | None:
    from pinsmith._slug import slug

    parts = dict(part.partition("=")[::2] for part in (subject or "").split(","))
    return slug(parts.get("CN", "")) or None
