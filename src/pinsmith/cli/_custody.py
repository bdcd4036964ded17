"""Options of the commands that use private keys, and how a password is read: never from the command line."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, fields
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pinsmith.cli import _complete_pin_file, _output
from pinsmith.cli._command import PATH, argument
from pinsmith.cli._files import read_bytes, read_password
from pinsmith.cli._options import timeout_option
from pinsmith.errors import MaterialError, PasswordError, UsageError
from pinsmith.errors.base import about
from pinsmith.material import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.custody.signer import Signer

ENVIRONMENT: Final = "PINSMITH_KEY_PASSWORD"

password_option: Final[Callable[..., Callable[..., int]]] = click.option(
    "--password-file",
    type=PATH,
    metavar="FILE",
    help=f"The first line of this file is the password or PIN of the private key. Default: {ENVIRONMENT}, or a prompt.",
)
custody_option: Final[Callable[..., Callable[..., int]]] = click.option(
    "--custody", metavar="TEXT", default="", help="Where the private key is kept, such as 'safe in Berlin'."
)
host_option: Final[Callable[..., Callable[..., int]]] = click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    shell_complete=_complete_pin_file.hosts,
    help="Pin the key for this host of the pin file; may be repeated. Without it, no host pins the key.",
)


names_option: Final[Callable[..., Callable[..., int]]] = click.option(
    "--for",
    "names",
    multiple=True,
    metavar="HOST",
    shell_complete=_complete_pin_file.hosts,
    help="Name this host in it; may be repeated. Default: all hosts that pin the key.",
)

_SOURCE: Final = 'The file of the private key, "-" for standard input; or its URI in a PKCS#11 token.'
_OPTIONS: Final = (
    click.option(
        "--command",
        metavar="COMMAND",
        help="Sign with this command instead: it gets the message at standard input, and prints the signature.",
    ),
    click.option("--public-key", type=PATH, metavar="FILE", help="The public key of --command, PEM or DER."),
    timeout_option(help="End the command after this time."),
    password_option,
)


def reference_options(*, help: str = _SOURCE) -> Callable[[Callable[..., int]], Callable[..., int]]:  # noqa: A002 - as in click
    """
    Declare the options that name a private key; the command gets them as one `Reference`.

    Args:
        help: Of the argument.
    """

    def declared(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def gathered(**values: Any) -> int:  # noqa: ANN401 - as in click
            reference = Reference(**{field.name: values.pop(field.name) for field in fields(Reference)})
            return command(reference=reference, **values)

        source = argument("source", required=False, metavar="[FILE|pkcs11:URI]", help=help)
        for declare in reversed((source, *_OPTIONS)):
            gathered = declare(gathered)
        return gathered

    return declared


def given_password(path: Path | None) -> bytes | None:
    """
    Return the password of ``--password-file``, or of the environment; None if there is none.

    Raises:
        FileError: If the file cannot be read.
        UsageError: If it is empty.
    """
    password = read_password(path)
    if password is None and ENVIRONMENT in os.environ:
        password = os.environ[ENVIRONMENT].encode(errors="surrogateescape")
    if password == b"":
        raise UsageError(
            f"the password of {path or ENVIRONMENT} is empty", hint="write the password into the first line of the file"
        )
    return password


def asked_password(question: str, *, twice: bool = False) -> bytes | None:
    """
    Ask for a password at the terminal, without showing it; None if there is no terminal, or no answer.

    Raises:
        UsageError: If two answers differ.
    """
    if not sys.stdin.isatty():
        return None
    first = _output.ask_hidden(f"{question}: ")
    if first and twice and _output.ask_hidden("the same again: ") != first:
        raise UsageError("the two passwords differ", hint="run the command again")
    return first.encode() if first else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """
    The private key that the options of a command name.

    Attributes:
        source: A file, "-", or a PKCS#11 URI; None if a command signs.
        command: The command; None if there is none.
        public_key: The file of the public key of the command.
        timeout: For the command, in seconds.
        password_file: The file of the password or PIN.
    """

    source: str | None
    command: str | None
    public_key: Path | None
    timeout: float
    password_file: Path | None

    @property
    def is_given(self) -> bool:
        """Whether any private key is named, or a part of it."""
        return any(part is not None for part in (self.source, self.command, self.public_key))

    @property
    def path(self) -> Path | None:
        """The file that is named; None for standard input, a token or a command."""
        from pinsmith.custody.pkcs11_uri import SCHEME

        if self.source is None or self.source == "-" or self.source.startswith(SCHEME):
            return None
        return Path(self.source)

    def open(self) -> Signer:
        """
        Return what signs. A password or PIN is asked for if it is needed and not given.

        Raises:
            CustodyError: If the key cannot be used.
            FileError: If a file cannot be read.
            MaterialError: If a file holds no key, or more than that.
            PasswordError: If the password is missing or wrong.
            UsageError: If the options contradict each other.
        """
        if (self.source is None) == (self.command is None):
            raise UsageError(
                "one private key is needed: a file, a PKCS#11 URI, or --command", hint="pass exactly one of them"
            )
        if (self.command is None) != (self.public_key is None):
            raise UsageError("--command and --public-key need each other", hint="pass both, or none of them")
        if self.command is not None and self.public_key is not None:
            return self._of_command(self.command, self.public_key)
        return self._of_source(str(self.source))

    def warn(self, pin_file: Path) -> None:
        """Warn if the key is a file that other users can use, or that may be published with a repository."""
        from pinsmith.custody.key_file import exposure_of
        from pinsmith.rotation import key_directory

        if (path := self.path) is None:
            return
        if exposure := exposure_of(path):
            _output.warning(
                f"{path} {exposure}: `chmod 600 {path}`, or make another key if somebody may have copied it"
            )
        if reason := key_directory.publication_of(path, pin_file):
            _output.warning(f"{reason}; move it elsewhere")

    def _of_command(self, command: str, public_key: Path) -> Signer:
        from pinsmith.custody.command import of_command

        with about(public_key, MaterialError):
            content = read_bytes(public_key, most=MAX_BYTES)
            return of_command(command, content, timeout_seconds=self.timeout)

    def _of_source(self, source: str) -> Signer:
        from pinsmith.custody.key_file import of_file
        from pinsmith.custody.pkcs11_uri import SCHEME, parse_uri
        from pinsmith.custody.token import of_token

        if source.startswith(SCHEME):
            uri = parse_uri(source)
            return self._with_password(partial(of_token, uri), "PIN of the token")
        content = read_bytes(Path(source), most=MAX_BYTES)
        with about(source, MaterialError):
            return self._with_password(partial(of_file, content), f"password of {source}")

    def _with_password(self, unlock: Callable[[bytes | None], Signer], question: str) -> Signer:
        password = given_password(self.password_file)
        try:
            return unlock(password)
        except PasswordError as error:
            if error.given or (password := asked_password(question)) is None:
                raise
        return unlock(password)


def tell_hosts(name: str, hosts: tuple[str, ...]) -> None:
    """Print which hosts pin a new key, or how a host comes to pin it."""
    if hosts:
        _output.success(
            f"{', '.join(hosts)} may present {name} from now on; `pinsmith sync` writes it into the outputs"
        )
    else:
        _output.success(f"no host pins {name} yet; `pinsmith add HOST --key {name}` pins it as backup")
