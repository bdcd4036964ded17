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
class OrderKey:
    """
    The private key of an order: in a file, in a PKCS#11 token, or behind a command.

    Attributes:
        place: The path of the file, or the URI in the token; None if a command signs.
        to: The file from which the server reads the key; None if it stays where it is.
        command: The command; None if there is none.
        timeout: For the command, in seconds; None if there is none.
        password_file: The path of the file with the PIN; None if there is none.
    """

    place: str | None = None
    to: str | None = None
    command: str | None = None
    timeout: str | None = None
    password_file: str | None = None


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
        key: Where the private key is.
        certificate_to: The file that the server reads, with the whole chain.
        reload: The command that makes the server read its files again; None if there is none.
    """

    host: str
    key_name: str
    pin_file: str
    request: str
    request_pem: bytes
    key: OrderKey
    certificate_to: str
    reload: str | None = None

    def deploy(self, certificate: str) -> str:
        """Return the command that checks and deploys a certificate; *certificate* is a word of the shell."""
        options = {
            "--file": self.pin_file,
            "--key": self.key.place,
            "--command": self.key.command,
            "--timeout": self.key.timeout,
            "--password-file": self.key.password_file,
            "--certificate-to": self.certificate_to,
            "--key-to": self.key.to,
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
        copies_key: Whether the script gives the tool a copy of the private key, so that it must be in a file.
    """

    id: str
    title: str
    spec: str
    write: Callable[[Order], str]
    copies_key: bool = False
