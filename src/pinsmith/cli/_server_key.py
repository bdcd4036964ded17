"""Options that name the private key of a server: in a file that the server gets, or where the server uses it itself."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pinsmith.cli import _custody, _options
from pinsmith.cli._command import PATH
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.custody.signer import Signer
    from pinsmith.renewal.scripts import OrderKey

_OPTIONS: Final = (
    click.option(
        "--key",
        metavar="FILE|pkcs11:URI",
        help="Its private key; or the URI of the key in a PKCS#11 token, where the server uses it.",
    ),
    click.option(
        "--key-to", type=PATH, metavar="FILE", help="The file from which the server reads a key that is in a file."
    ),
    click.option(
        "--command", metavar="COMMAND", help="The server uses a key that signs by this command, such as a KMS."
    ),
    _options.timeout_option(help="End the command after this time."),
    _custody.password_option,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerKey:
    """
    The private key of a server, as the options name it.

    Attributes:
        key: A file or a PKCS#11 URI; None if a command signs.
        key_to: The file of the server; None if the key stays in a token or behind a command.
        command: The command; None if there is none.
        timeout: For the command, in seconds.
        password_file: The file of the PIN.
    """

    key: str | None
    key_to: Path | None
    command: str | None
    timeout: float
    password_file: Path | None

    @property
    def file(self) -> Path | None:
        """The file of the private key; None if it stays where it is."""
        from pinsmith.custody.pkcs11_uri import SCHEME

        return None if self.key is None or self.key.startswith(SCHEME) else Path(self.key)

    def require(self) -> None:
        """
        Raise if the options contradict each other, or are not complete.

        Raises:
            CustodyError: If the URI or the command is not one, or contains a PIN.
            UsageError: If a key is missing, or its file is named without a target, or a target without a file.
        """
        from pinsmith.custody.command import words_of
        from pinsmith.custody.pkcs11_uri import parse_uri

        if (self.key is None) == (self.command is None):
            raise UsageError(
                "one private key is needed: --key with a file or a PKCS#11 URI, or --command",
                hint="pass exactly one of them",
            )
        if self.command is not None:
            words_of(self.command)
        elif self.key is not None and self.file is None:
            parse_uri(self.key)
        if self.file is None and self.key_to is not None:
            raise UsageError(
                "--key-to is for a key in a file, but this key stays where it is", hint="leave out --key-to"
            )
        if self.password_file is not None and (self.file is not None or self.command is not None):
            raise UsageError(
                "--password-file is for the PIN of a token",
                hint="leave it out; a server needs a key without a password",
            )
        if self.file is not None and self.key_to is None:
            raise UsageError(
                "--key with a file needs --key-to", hint="name the file from which the server reads the key"
            )

    def order_key(self) -> OrderKey:
        """Return the key for a script that another program starts in another folder, so all paths are whole."""
        from pinsmith.custody.command import words_of
        from pinsmith.renewal.scripts import OrderKey

        if self.command is not None:
            program, *words = words_of(self.command)
            program = str(Path(program).absolute()) if Path(program).name != program else program
            return OrderKey(command=shlex.join([program, *words]), timeout=f"{self.timeout:g}")
        if self.file is None:
            password = str(self.password_file.resolve()) if self.password_file else None
            return OrderKey(place=self.key, password_file=password)
        return OrderKey(place=str(self.file.resolve()), to=str(self.key_to.resolve()) if self.key_to else None)

    def open(self, certificate: bytes) -> Signer:
        """
        Return what signs with a key that stays where it is.

        Args:
            certificate: That of the key, DER.

        Raises:
            CustodyError: If the key cannot be used.
            PasswordError: If the PIN is missing or wrong.
        """
        from pinsmith.custody.command import of_command

        if self.command is not None:
            return of_command(self.command, certificate, timeout_seconds=self.timeout)
        reference = _custody.Reference(
            source=self.key, command=None, public_key=None, timeout=self.timeout, password_file=self.password_file
        )
        return reference.open()


def server_key_options(command: Callable[..., int]) -> Callable[..., int]:
    """Declare the options of a `ServerKey`, which the command gets as one, without contradictions."""

    @wraps(command)
    def gathered(**values: Any) -> int:  # noqa: ANN401 - as in click
        server_key = ServerKey(**{field.name: values.pop(field.name) for field in fields(ServerKey)})
        server_key.require()
        return command(server_key=server_key, **values)

    for declare in reversed(_OPTIONS):
        gathered = declare(gathered)
    return gathered
