"""
Keep the certificates of pinned keys beside the pin file. Platforms that pin certificates need them.

Certificates are public. A file that exists is never overwritten, unless a key gets another certificate by name.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith import files, pinfile
from pinsmith.errors import FileError, PinsmithError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pinsmith.certificate import Certificate

DIRECTORY: Final = "certs"


def pem_of(certificate: Certificate) -> bytes:
    """Encode *certificate* as PEM."""
    return certificate.x509.public_bytes(Encoding.PEM)


def store(pem: bytes, name: str, pin_file: Path) -> tuple[str, Path | None]:
    """
    Write the certificate of the key *name* into the directory of certificates beside *pin_file*.

    Returns:
        Its path relative to the pin file, with slashes; and the file that was made, or None if an equal one was there.

    Raises:
        FileError: If it cannot be written, or the directory of certificates is a link that leads elsewhere.
    """
    directory = pin_file.parent / DIRECTORY
    with files.explained(str(directory), "cannot be created"):
        directory.mkdir(parents=True, exist_ok=True)
        place = directory.resolve()
    if not place.is_relative_to(pin_file.parent.resolve()):
        raise FileError(
            f"{directory} is a symbolic link to {place}, outside the directory of the pin file",
            path=str(directory),
            hint="remove the link, because certificates are written only beside the pin file",
        )
    for number in itertools.count(1):
        path = directory / f"{name}{f'-{number}' if number > 1 else ''}.pem"
        relative = f"{DIRECTORY}/{path.name}"
        try:
            files.write_atomically(path, pem, exclusive=True)
        except FileError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
            if path.is_file() and path.read_bytes() == pem:
                return relative, None
        else:
            return relative, path
    raise AssertionError  # for the type checker: there is always one more number


def discard(made: Iterable[Path], pin_file: Path) -> None:
    """
    Remove the files *made* again, because *pin_file* could not be written.

    Files to which it refers are kept: an interrupt may arrive just after it was written.
    """
    try:
        named = {key.certificate for key in pinfile.load(pin_file).keys} if pin_file.exists() else set()
    except PinsmithError:
        return  # it is not known which files it names
    for path in made:
        if f"{DIRECTORY}/{path.name}" not in named:
            path.unlink(missing_ok=True)
    files.remove_empty([pin_file.parent / DIRECTORY])
