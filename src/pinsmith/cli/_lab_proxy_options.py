"""The options of ``pinsmith lab proxy`` and their meaning."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli._command import PATH
from pinsmith.cli._options import find_pin_file, parse_connect, trust_of
from pinsmith.cli._report_file import require_writable
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.lab.proxy.judgement import Wanted

must_pin_option = click.option(
    "--must-pin", multiple=True, metavar="HOST[:PORT]", help="A host that the app must pin; may be repeated."
)
must_pin_file_option = click.option(
    "--must-pin-file", type=PATH, metavar="FILE", help="A file of hosts that the app must pin, one on each line."
)
control_option = click.option(
    "--control",
    multiple=True,
    metavar="HOST[:PORT]",
    help="A host that the app contacts and does not pin. Interception there shows that the app trusts the rogue "
    "authority; may be repeated.",
)
connect_to_option = click.option(
    "--connect-to",
    multiple=True,
    metavar="HOST:PORT=ADDRESS:PORT",
    help="Connect to ADDRESS where the app asks for HOST; may be repeated.",
)
save_ca_option = click.option(
    "--save-ca",
    type=PATH,
    metavar="FILE",
    callback=require_writable,
    help="Write the certificate of the rogue authority as PEM, never its key.",
)
output_option = click.option(
    "--output",
    "verdict_file",
    type=PATH,
    metavar="FILE",
    callback=require_writable,
    help="Write the verdicts as JSON into this file, also with --format text.",
)
_MAX_LIST: Final = 1024 * 1024  # bytes of a list of hosts


def wanted(texts: Sequence[str]) -> tuple[Wanted, ...]:
    """
    Read hosts with or without a port.

    Raises:
        HostError: If a text is not a host.
    """
    from pinsmith.lab.proxy.judgement import Wanted
    from pinsmith.probe import parse_target

    found = []
    for text in texts:
        # Two default ports show whether a port was given: without one, the results differ.
        one, other = parse_target(text, port=1), parse_target(text, port=2)
        found.append(Wanted(one.host, one.port if one.port == other.port else None))
    return tuple(dict.fromkeys(found))


def must_pin(texts: Sequence[str], listed: Path | None, file: Path | None, *, every: bool) -> tuple[Wanted, ...]:
    """
    Gather the hosts that must pin.

    Raises:
        UsageError: If --file is given without --all.
        HostError: If a text is not a host.
        FileError: If a file cannot be read, or names no host and so would demand nothing.
        ParseError: If the pin file cannot be parsed.
    """
    from pinsmith.errors import FileError
    from pinsmith.lab.proxy.judgement import Wanted

    found = [*texts]
    enforced: list[Wanted] = []
    if listed is not None:
        lines = _lines(listed)
        if not lines:
            raise FileError(f"{listed} names no host", path=str(listed), hint="write one host on each line")
        found += lines
    if file is not None and not every:
        raise UsageError("--file does nothing without --all", hint="add --all, or name hosts with --must-pin")
    if every:
        from pinsmith import pinfile

        path = find_pin_file(file)
        policy = pinfile.load(path)
        but = frozenset(entry.host for entry in policy if entry.mode != "enforce")
        enforced = [
            Wanted(entry.host, subdomains=entry.include_subdomains, but=but)
            for entry in policy
            if entry.mode == "enforce"
        ]
        if not enforced:
            raise FileError(
                f"{path} enforces no pins, so --all finds no host that must pin",
                path=str(path),
                hint="`pinsmith add HOST` pins a host",
            )
    return (*wanted(found), *enforced)


def _lines(path: Path) -> list[str]:
    from pinsmith.cli._files import read_bytes

    text = read_bytes(path, most=_MAX_LIST).decode("utf-8", "replace")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def routes(texts: Sequence[str]) -> dict[str, tuple[str, int]]:
    """
    Read the values of --connect-to.

    Raises:
        UsageError: If a side is missing, or the right side has no port.
        HostError: If the left side is not a host.
    """
    from pinsmith.probe import parse_target

    found = {}
    for text in texts:
        left, _, right = text.partition("=")
        address, port = parse_connect(right or None)
        if not address or port is None:
            raise UsageError(f"--connect-to {text!r} is not HOST:PORT=ADDRESS:PORT")
        found[str(parse_target(left))] = (address, port)
    return found


def trusted(cafile: Path | None) -> str | None:
    """
    Read the certificates of --cafile, PEM.

    Raises:
        FileError: If the file cannot be read or contains no certificate.
    """
    if cafile is None:
        return None
    from pinsmith import files

    trust_of(cafile)  # for its errors
    return files.read(cafile, most_bytes=64 * 1024 * 1024).decode("latin-1")


def listening_address(text: str) -> str:
    """
    Read the address of --host.

    Raises:
        UsageError: If *text* is not an IP address.
    """
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise UsageError(f"--host {text!r} is not an IP address: expected one of this machine, or 0.0.0.0") from error
