"""Backups: keys to pin besides those that a host presents, given as a pin or as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith import files
from pinsmith._slug import slug
from pinsmith.errors import MaterialError, PinFormatError
from pinsmith.errors.base import about
from pinsmith.material import MAX_BYTES, read_material
from pinsmith.pin import parse_spelling
from pinsmith.policy import Key
from pinsmith.rotation.fitness import require_strong

if TYPE_CHECKING:
    from pinsmith.certificate import Certificate
    from pinsmith.material import Material
    from pinsmith.pin import Pin
    from pinsmith.policy import KeyRole


@dataclass(frozen=True, slots=True)
class Backup:
    """
    A key to pin besides those that a host presents.

    Attributes:
        pin: Its pin.
        role: The role of the key. Unknown if only the pin is known; it then gets the role of the host's other keys.
        algorithm: If known.
        subject: The subject of its certificate or request, if it has one.
        name: The name of the key; None to name it after the host.
        certificate: If it has one.
    """

    pin: Pin
    role: KeyRole = "unknown"
    algorithm: str | None = None
    subject: str | None = None
    name: str | None = None
    certificate: Certificate | None = None

    def key(self, name: str, *, beside_leaves: bool) -> Key:
        """Make the key called *name*; if its role is unknown and all others are leaves, it is an unserved leaf."""
        role = "leaf" if self.role == "unknown" and beside_leaves else self.role
        return Key(name, self.pin, role, self.algorithm, self.subject, standby=role == "leaf")


def read_backups(text: str, *, is_bundle: bool = False) -> tuple[list[Backup], tuple[str, ...]]:
    """
    Read a pin in any spelling, or the key that the file *text* holds.

    Args:
        text: A pin, or the path of a file.

        is_bundle: Whether a file may hold the certificates of several authorities, each of which is a backup.

    Returns:
        The backups, of which there is one unless *is_bundle*, and remarks about an odd spelling.

    Raises:
        PinFormatError: If *text* is neither a pin nor a file.
        KnownBadPinError: If no key can have the pin.
        MaterialError: If the file holds no key, or several that may not be there.
        FileError: If the file cannot be read.
        UnfitKeyError: If others can compute or know the private key of a leaf in the file.
    """
    path = Path(text)
    if path.is_file():
        return _of_file(path, is_bundle=is_bundle), ()
    try:
        spelling = parse_spelling(text)
    except PinFormatError as error:
        if error.code == PinFormatError.code:
            error.args = (f"{error}, and there is no file of this name",)
            error.hint = "pass a pin, or the path of a certificate, request or key"
        raise
    return [Backup(spelling.pin)], spelling.remarks


def _of_file(path: Path, *, is_bundle: bool) -> list[Backup]:
    content = files.read(path, most_bytes=MAX_BYTES)
    with about(path, MaterialError):
        found = read_material(content)
    by_pin: dict[Pin, Material] = {}
    for material in found:
        # The certificate of a key says more than the private key, which may lie in the same file.
        if material.pin not in by_pin or by_pin[material.pin].certificate is None:
            by_pin[material.pin] = material
    if len(by_pin) > 1 and not (is_bundle and all(_role(material) != "leaf" for material in found)):
        raise MaterialError(
            f"{path} contains {len(by_pin)} different keys, but one is needed",
            hint=f"pass the pin of one of them; `pinsmith show {path}` lists the pins",
        )
    for material in by_pin.values():
        if _role(material) == "leaf":
            require_strong(f"the key in {path}", material.spki)
    return [_backup(material) for material in by_pin.values()]


def _backup(material: Material) -> Backup:
    name = _name(material.subject) if material.certificate else None
    return Backup(
        material.pin, _role(material), material.algorithm, material.subject or None, name, material.certificate
    )


def _role(material: Material) -> KeyRole:
    """Return the role of the key in a file; a key or a request without a certificate counts as a leaf."""
    if material.certificate is None or not material.certificate.is_authority:
        return "leaf"
    return "root" if material.certificate.is_self_issued else "intermediate"


def _name(subject: str | None) -> str | None:
    parts = dict(part.partition("=")[::2] for part in (subject or "").split(","))
    return slug(parts.get("CN", "")) or None
