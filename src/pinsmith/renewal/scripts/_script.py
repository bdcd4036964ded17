"""The types of scripts: what is ordered, and by which tool."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

THIRD: Final = """\
Run it at a third of the lifetime of the certificate: every 30 days for 90 days, every 15 for 45, every 2 for 6."""
DAILY: Final = """\
Run it every day. It renews when the certificate is due, or earlier if the authority asks for that (ARI, RFC 9773)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    A certificate to order with the request of a key, and where it goes.

    Attributes:
        host: Canonical; the request names it.
        key_name: The name of the key in the pin file.
        pin_file: The path of the pin file, where the script runs; so are the other paths.
        request: The path of the request.
        request_pem: The request itself, PEM.
        key: The path of the private key.
        certificate_to: The file that the server reads, with the whole chain.
        key_to: The file from which the server reads the private key.
        reload: The command that makes the server read its files again; None if there is none.
    """

    host: str
    key_name: str
    pin_file: str
    request: str
    request_pem: bytes
    key: str
    certificate_to: str
    key_to: str
    reload: str | None = None

    def deploy(self, certificate: str) -> str:
        """Return the command that checks and deploys a certificate; *certificate* is a word of the shell."""
        options = {
            "--file": self.pin_file,
            "--key": self.key,
            "--certificate-to": self.certificate_to,
            "--key-to": self.key_to,
            "--reload": self.reload,
        }
        words = [f"{name} {shlex.quote(value)}" for name, value in options.items() if value is not None]
        return " \\\n  ".join([f"pinsmith rotate deploy --certificate {certificate}", *words])

    def head(self, title: str, *remarks: str) -> str:
        """Return the first lines of the script, which say what it does."""
        lines = (
            "#!/bin/sh",
            f"# Orders a certificate for {self.host} and the key {self.key_name} with {title}, and deploys it,",
            "# unless it would lock clients out. Then the old certificate stays in service, and the script fails.",
            *(f"# {line}" for remark in remarks for line in remark.split("\n")),
            "set -eu",
        )
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """
    A tool that takes a certificate request.

    Attributes:
        id: Kebab-case, except that a dot may stand in the name of a program.
        title: Its name.
        spec: Where it describes how it takes a request.
        write: Writes the script that orders and deploys a certificate: text for ``sh``.
    """

    id: str
    title: str
    spec: str
    write: Callable[[Order], str]
