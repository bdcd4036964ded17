"""Options of the commands that use private keys, and how a password is read: never from the command line."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _complete_pin_file, _output
from pinsmith.cli._command import PATH
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def given_password(path: Path | None) -> bytes | None:
    """
    Return the password of ``--password-file``, or of the environment; None if there is none.

    Raises:
        FileError: If the file cannot be read.
        UsageError: If it is empty.
    """
    from pinsmith.cli._files import read_password

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


def open_file(source: Path, password_file: Path | None) -> Signer:
    """
    Read a private key from a file; a password is asked for if it is needed and not given.

    Raises:
        FileError: If the file cannot be read.
        MaterialError: If it holds no private key, or more than that.
        PasswordError: If the password is missing or wrong.
    """
    from pinsmith.cli._files import read_bytes
    from pinsmith.custody.key_file import of_file
    from pinsmith.errors import MaterialError, PasswordError
    from pinsmith.errors.base import about
    from pinsmith.material import MAX_BYTES

    content, password = read_bytes(source, most=MAX_BYTES), given_password(password_file)
    with about(source, MaterialError):
        try:
            return of_file(content, password)
        except PasswordError as error:
            if error.given or (password := asked_password(f"password of {source}")) is None:
                raise
            return of_file(content, password)


def warn_of_place(source: Path, pin_file: Path) -> None:
    """Warn if other users can use the file of a private key, or if it may be published with a repository."""
    from pinsmith.custody.key_file import exposure_of
    from pinsmith.rotation import key_directory

    if str(source) == "-":
        return
    if exposure := exposure_of(source):
        _output.warning(
            f"{source} {exposure}: `chmod 600 {source}`, or make another key if somebody may have copied it"
        )
    if reason := key_directory.publication_of(source, pin_file):
        _output.warning(f"{reason}; move it elsewhere")


def tell_hosts(name: str, hosts: tuple[str, ...]) -> None:
    """Print which hosts pin a new key, or how a host comes to pin it."""
    if hosts:
        _output.success(
            f"{', '.join(hosts)} may present {name} from now on; `pinsmith sync` writes it into the outputs"
        )
    else:
        _output.success(f"no host pins {name} yet; `pinsmith add HOST --key {name}` pins it as backup")
