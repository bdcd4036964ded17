"""Write fetched certificates to a directory, under names that no server can choose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinsmith import files
from pinsmith.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.probe import Fetched


class Saver:
    """
    Writes each certificate once, as PEM and as DER.

    The name consists of the host, the port, the place in the chain and the hash of the certificate. No part of it comes
    from the certificate's own texts.

    Attributes:
        directory: The directory for the files.
        written: The number of files that were written.
    """

    def __init__(self, directory: Path) -> None:
        """Create *directory* if it does not exist."""
        self.directory = directory
        self.written = 0
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"{directory} cannot be created: {files.words_of(error)}", path=str(directory)) from error

    def save(self, fetched: Fetched) -> None:
        """
        Write the certificates of one host.

        Raises:
            FileError: If a file cannot be written.
        """
        from pinsmith.certificate.link import links

        for depth, link in enumerate(links(fetched.presented, fetched.verified)):
            certificate = link.certificate
            # The host is canonical: letters, digits, dots, hyphens, underscores, and colons in IPv6 addresses.
            host = re.sub(r"[^a-z0-9._-]", "_", fetched.host)
            stem = f"{host}_{fetched.port}-{depth}-{link.role}-{certificate.sha256[:12]}"
            self._write(self.directory / f"{stem}.pem", certificate.pem.encode("ascii"))
            self._write(self.directory / f"{stem}.der", certificate.der)

    def _write(self, path: Path, content: bytes) -> None:
        if path.is_symlink():
            path.unlink()  # a link left in the directory is replaced, not followed
        if not path.exists():
            files.write_atomically(path, content)
            self.written += 1
