"""
Put a certificate and its private key where a server reads them, and put the old ones back if the server refuses them.

Nothing is judged here: that a certificate locks nobody out must have been checked before.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith import files
from pinsmith.checks.certificate import certificates_in
from pinsmith.custody.signature import scheme_of
from pinsmith.errors import MaterialError, UsageError
from pinsmith.errors.custody import CustodyError
from pinsmith.errors.rotation import ReloadError
from pinsmith.files import transaction
from pinsmith.material import MAX_BYTES, read_material

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pinsmith.custody.signer import Signer

RELOAD_SECONDS: Final = 120.0
_HEAD: Final = b"pinsmith deploys a certificate, version 1\n"  # no other message that pinsmith signs begins so
_PRIVATE: Final = 0o600
_LINES: Final = 20  # of the output of a command that failed
_MAX_OUTPUT: Final = 64 * 1024  # bytes, of which these lines are taken


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a server reads its certificate.

    Attributes:
        certificate: The file with the whole chain.
        key: The file of the private key; None if it stays in a token or behind a command.
        reload: The words of the command that makes the server read both again; empty if there is none.
    """

    certificate: Path
    key: Path | None
    reload: tuple[str, ...] = ()

    @property
    def pending(self) -> Path:
        """A file that exists while the server has not read files that were written."""
        return self.certificate.with_name(f".{self.certificate.name}.pending")


def reload_words(text: str | None) -> tuple[str, ...]:
    """
    Split a command into words, as a shell does, but without its other abilities.

    Raises:
        ValueError: If a quotation does not end.
    """
    return tuple(shlex.split(text or ""))


def require_apart(place: Place, certificate: Path | None, key: Path | None) -> None:
    """
    Raise if one file would be written over another one that is needed.

    Args:
        place: Where both go.

        certificate: The file of the new certificate; None if there is none yet.

        key: The file of its private key; None if it stays in a token or behind a command.

    Raises:
        FileError: If a file of the server is a pipe or device.
        UsageError: If they are not different files. A key may be in the file of the server already.
    """
    for target in filter(None, (place.certificate, place.key)):
        with files.explained(str(target), "cannot be written"):
            files.status_of(target, str(target))
    if certificate is not None and _is_same(certificate, place.certificate):
        raise UsageError(
            f"{place.certificate} is the file of the new certificate, so a refused one would be in service already",
            hint="let the server read from a folder of its own",
        )
    pairs = ((place.certificate, place.key), (place.certificate, key), (certificate, place.key))
    if same := next((one for one, other in pairs if one and other and _is_same(one, other)), None):
        raise UsageError(
            f"{same} is named for a certificate and for a private key, so one would replace the other",
            hint="name a file of its own for the certificate and for the key",
        )


def require_pair(certificate: bytes, key: bytes) -> None:
    """
    Raise unless *key* is the private key of the first certificate in *certificate*.

    Args:
        certificate: The whole of a file, leaf first, in any form that `pinsmith.material` reads.

        key: The whole of a file, PEM or DER, not encrypted.

    Raises:
        MaterialError: If it is another key, or either cannot be read.
    """
    leaf = certificates_in(certificate)[0]
    found = read_material(key)
    if [(material.kind, material.pin) for material in found] != [("private-key", leaf.pin)]:
        held = ", ".join(f"{material.kind.replace('-', ' ')} {material.pin}" for material in found)
        raise MaterialError(
            f"the private key is not that of the certificate, {leaf.pin}; got {held}",
            hint="pass the private key for which the certificate was ordered, and nothing else",
        )


def require_signature(certificate: bytes, signer: Signer, nonce: bytes) -> None:
    """
    Raise unless *signer* signs with the private key of the first certificate in *certificate*.

    Args:
        certificate: The whole of a file, leaf first, in any form that `pinsmith.material` reads.

        signer: A key that stays where it is.

        nonce: Random bytes.

    Raises:
        CustodyError: If it does not sign.
        MaterialError: If it is another key, or the file cannot be read.
    """
    leaf = certificates_in(certificate)[0]
    if signer.pin != leaf.pin:
        raise MaterialError(
            f"the private key is not that of the certificate, {leaf.pin}; got that of {signer.pin}",
            hint="name the private key for which the certificate was ordered",
        )
    message = _HEAD + nonce
    if scheme_of(signer.spki, signer.sign(message), message) is None:
        raise CustodyError(
            "the signature is not one of the key of the certificate",
            hint="use the private key for which the certificate was ordered",
        )


def deploy(place: Place, certificate: bytes, key: bytes | None) -> bool:
    """
    Write a certificate and its private key, both or none, and reload the server.

    A key that stays in a token or behind a command is None, as in *place*: then only the certificate is written.

    The old files stay beside the new ones, with ``.old`` after their names. Only their owner can read these, and a new
    file of a private key. If nothing has to be written, the server is not reloaded, unless an earlier call was killed
    before.

    Returns:
        Whether the server was given anything new.

    Raises:
        ReloadError: If the command fails. Then the old files are back, and the server was reloaded again.
        FileError: If a file cannot be written. Then nothing has changed.
        LockedError: If another command is deploying there.
    """
    with transaction.editing(place.certificate):  # it also puts back what a killed command left half done
        contents = {place.certificate: certificate}
        if place.key is not None and key is not None:
            contents[place.key] = key
        before = {path: _read(path) for path in contents}
        changed = {path: content for path, content in contents.items() if before[path] != content}
        if not changed and not place.pending.exists():
            return False
        place.certificate.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomically(place.pending, "")
        if changed:
            _write(place, before, changed)
        if fault := _reload(place):
            restored = {path: old for path in changed if (old := before[path]) is not None}
            if restored:
                _write(place, contents, restored, keep=False)
                _reload(place)
        if not fault or restored:
            with suppress(OSError):
                place.pending.unlink()
    if fault:
        raise ReloadError(shlex.join(place.reload), fault, restored=bool(restored))
    return True


def _write(
    place: Place, before: Mapping[Path, bytes | None], after: Mapping[Path, bytes], *, keep: bool = True
) -> None:
    contents = {}
    for path, content in after.items():
        old = before[path]
        mode = _PRIVATE if path == place.key and old is None else None
        contents[path] = transaction.Content(old, content, mode)
        if keep and old is not None:
            kept = path.with_name(f"{path.name}.old")
            contents[kept] = transaction.Content(_read(kept), old, _PRIVATE)  # an old certificate file may hold a key
    transaction.write_all(place.certificate, contents)


def _is_same(one: Path, other: Path) -> bool:
    """Say whether two names are those of one file, also if it does not exist yet."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    return one.exists() and other.exists() and one.samefile(other)


def _read(path: Path) -> bytes | None:
    return files.read(path, most_bytes=MAX_BYTES) if os.path.lexists(path) else None


def _reload(place: Place) -> list[str] | None:
    """Run the command of *place*; return the end of its output if it fails."""
    if not place.reload:
        return None
    try:
        with tempfile.TemporaryFile() as output:  # a pipe would be waited for if the command leaves a server running
            ended = subprocess.run(  # noqa: S603 - the operator named the program
                place.reload,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=RELOAD_SECONDS,
            )
            output.seek(max(0, output.seek(0, os.SEEK_END) - _MAX_OUTPUT))
            last = output.read(_MAX_OUTPUT).decode(errors="replace").splitlines()[-_LINES:]
    except subprocess.TimeoutExpired:
        return [f"it did not end within {RELOAD_SECONDS:.0f} seconds"]
    except OSError as error:
        return [files.words_of(error)]
    return [f"its exit code is {ended.returncode}", *last] if ended.returncode else None
