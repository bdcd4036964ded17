"""Options that name the private key of signed outputs, where the pin file names only its public key."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import click

from pinsmith.cli import _custody
from pinsmith.cli._options import timeout_option
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.custody.signer import Signer

_OPTIONS: Final = (
    click.option(
        "--signing-key",
        metavar="FILE|pkcs11:URI",
        help="The private key of signed outputs whose option signing-key names its public key.",
    ),
    click.option(
        "--signing-command",
        metavar="COMMAND",
        help="Sign them with this command instead: it gets the message at standard input, and prints the signature.",
    ),
    timeout_option(help="End the command after this time."),
    _custody.password_option,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """
    The private key that the options name. It is opened once, when something must be signed.

    Attributes:
        signing_key: A file, "-", or a PKCS#11 URI; None if a command signs, or nothing.
        signing_command: The command; None if there is none.
        timeout: For the command, in seconds.
        password_file: The file of the password or PIN.
    """

    signing_key: str | None
    signing_command: str | None
    timeout: float
    password_file: Path | None
    opened: list[Signer] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def opener(self) -> Callable[[bytes], Signer] | None:
        """What `pinsmith.sync.compare` takes; None if no private key is named."""
        return None if self.signing_key is None and self.signing_command is None else self._open

    def require(self) -> None:
        """
        Raise if the options contradict each other.

        Raises:
            UsageError: If they name two private keys.
        """
        if self.signing_key is not None and self.signing_command is not None:
            raise UsageError("--signing-key and --signing-command exclude each other", hint="pass one of them")

    def _open(self, public_key: bytes) -> Signer:
        from pinsmith.custody.command import of_command

        if self.signing_command is not None:
            return of_command(self.signing_command, public_key, timeout_seconds=self.timeout)
        if not self.opened:
            reference = _custody.Reference(
                source=self.signing_key,
                command=None,
                public_key=None,
                timeout=self.timeout,
                password_file=self.password_file,
            )
            self.opened.append(reference.open())
        return self.opened[0]


def signing_options(command: Callable[..., int]) -> Callable[..., int]:
    """Declare the options of a `SigningKey`, which the command gets as one, without contradictions."""

    @wraps(command)
    def gathered(**values: Any) -> int:  # noqa: ANN401 - as in click
        names = [entry.name for entry in fields(SigningKey) if entry.init]
        signing = SigningKey(**{name: values.pop(name) for name in names})
        signing.require()
        return command(signing=signing, **values)

    for declare in reversed(_OPTIONS):
        gathered = declare(gathered)
    return gathered
