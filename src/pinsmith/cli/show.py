"""
Show the pins of certificate, key and request files.

Reads PEM, DER, PKCS#7, PKCS#12, certificate requests, public keys and private keys, and recognises them by content.
Nothing is verified: a file does not prove what a server presents. Of a private key, only the pin is shown. A file that
needs more than 4,000,000 rounds of password hashing is refused, because it would keep the program busy.

A FILE of "-" is standard input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._options import format_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pinsmith.cli._options import Format
    from pinsmith.cli._output import Line
    from pinsmith.errors import PinsmithError
    from pinsmith.material import Material

    Read = list[Material] | PinsmithError

EXAMPLES: Final = (
    ("Show the pin of every certificate of a chain:", "pinsmith show fullchain.pem"),
    ("Show the pin that a standby key will have:", "pinsmith show standby.key"),
    ("Open a PKCS#12 file with the password in a file:", "pinsmith show server.p12 --password-file password.txt"),
    ("Read standard input and print JSON:", "pinsmith show --format json - < request.csr"),
)


@click.command("show", Command, help=__doc__, examples=EXAMPLES)
@argument("files", nargs=-1, required=True, type=PATH, metavar="FILE", help='A file to read; "-" is standard input.')
@click.option(
    "--password-file",
    type=PATH,
    metavar="FILE",
    help="Read the password of encrypted files from the first line of FILE.",
)
@format_option()
def show(*, files: tuple[Path, ...], password_file: Path | None, output: Format) -> int:
    """Read each file; one that cannot be read does not stop the others."""
    from pinsmith.cli._files import read_password

    password = read_password(password_file)
    found = {str(path): _read(path, password) for path in files}
    _print(found, output)
    failures = [error for error in found.values() if not isinstance(error, list)]
    for error in failures:
        _output.error(error.code, str(error), details=error.details, hint=error.hint)
    return ExitCode.BROKE if failures else ExitCode.OK


def _read(path: Path, password: bytes | None) -> Read:
    from pinsmith.cli._files import read_bytes
    from pinsmith.errors import FileError, MaterialError, PasswordError
    from pinsmith.material import MAX_BYTES, read_material

    try:
        return read_material(read_bytes(path, most=MAX_BYTES), password=password)
    except MaterialError as error:
        error.args = (f"{path}: {error}",)
        if isinstance(error, PasswordError) and password is None:
            error.hint = "pass a file that contains the password with --password-file"
        return error
    except FileError as error:
        return error


def _print(found: dict[str, Read], output: Format) -> None:
    if output == "json":
        from pinsmith.documents.document import encode
        from pinsmith.documents.show import show_document

        _output.document(encode(show_document(found)))
        return
    now = _clock.now()
    for name, materials in found.items():
        if isinstance(materials, list):
            _output.result(*_lines(name, materials, now))


def _lines(name: str, materials: list[Material], now: datetime) -> Iterator[Line]:
    from pinsmith.certificate import Chain
    from pinsmith.certificate.link import Link
    from pinsmith.cli._chain import tree

    yield [_output.Mark(name, "strong")]
    for run in _runs(materials):
        if run[0].certificate is not None:
            chain = Chain(tuple(material.certificate for material in run if material.certificate is not None))
            roles = ["certificate", *(chain.role(depth) for depth in range(1, len(chain)))]
            members = [
                Link(certificate, role, presented=True, verified=False)
                for certificate, role in zip(chain, roles, strict=True)
            ]
            yield from tree(members, now)
        else:
            yield from _other(run[0])
        for material in run:
            yield from (f"   note: {remark}" for remark in material.remarks)


def _runs(materials: list[Material]) -> Iterator[list[Material]]:
    """Group runs of certificates in which every certificate is followed by its issuer."""
    run: list[Material] = []
    for material in materials:
        if run and not (run[-1].certificate and material.certificate and _issued(run[-1], material)):
            yield run
            run = []
        run.append(material)
    if run:
        yield run


def _issued(below: Material, above: Material) -> bool:
    from pinsmith.certificate.link import attempt

    first, second = below.certificate, above.certificate
    return bool(
        first and second and first != second and attempt(lambda: first.issuer) == attempt(lambda: second.subject)
    )


def _other(material: Material) -> Iterator[Line]:
    from pinsmith.cli._chain import compromise

    yield [_output.Mark(material.kind.replace("-", " "), "strong"), f"  {material.pin}"]
    if material.subject is not None:
        yield f"   {material.subject or '(no subject)'}"
    if material.names:
        yield f"   for {', '.join(material.names)}"
    yield f"   {material.algorithm}"
    if warning := compromise(material.pin):
        yield ["   ", _output.Mark(warning, "bad")]
    if material.possession_proven:
        yield "   the request is signed with its own key, so its maker had the private key"
