"""
Explain what a pin lets in, where it survives, and which clients lose a host.

SUBJECT is the name of a key of the pin file, a host that the pin file covers, a pin in any usual spelling, or a file
with a certificate and its intermediates.

Of a public authority, `explain` shows the certificates that carry its key and the authorities below it. It shows which
versions of Android, iOS, Java, Debian and certifi trust the key, and since when Mozilla and Windows do. It also shows
what the authority says about pinning, and which dates are coming. Of a key of the pin file, it shows the hosts and the
releases that pin it, and when somebody last proved that the private key exists. Nothing is contacted.

With --stores, --store or --since, `explain` connects to the host, and builds all paths from what each of its addresses
sends to the roots of each trust store. It shows which pins match on each path, and which clients are locked out: those
with the pins of the pin file, and those of each release in use. For a file it does the same without a connection.

The tables are not complete. "Unknown" means that they cannot tell, and never that the answer is no.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._starttls import starttls_option
from pinsmith.cli._store_options import store_options, stores_of
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._options import Format

EXAMPLES: Final = (
    (
        "Explain the pin of a public authority:",
        "pinsmith explain sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=",
    ),
    ("Explain a key of the nearest pins.toml:", "pinsmith explain api-2026"),
    ("Explain each pin of a host, as JSON:", "pinsmith explain api.example.com --json"),
    ("Ask which clients lose a live host:", "pinsmith explain api.example.com --since android-9"),
    ("Ask the same for a certificate that is not deployed yet:", "pinsmith explain fullchain.pem"),
)


@click.command("explain", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "subject",
    metavar="SUBJECT",
    shell_complete=_complete_pin_file.keys_and_hosts,
    help="A key, a host, a pin or a file.",
)
@_options.file_option
@store_options()
@click.option(
    "--cafile", type=PATH, metavar="FILE", help="Ask about clients that trust the PEM certificates in FILE, too."
)
@_options.connect_option
@starttls_option
@_options.proxy_option
@_options.timeout_option()
@_options.format_option()
def explain(
    *,
    subject: str,
    file: Path | None,
    usual: bool,
    stores: tuple[str, ...],
    since: str | None,
    cafile: Path | None,
    connect: str | None,
    starttls: str | None,
    proxy: str | None,
    timeout: float,
    output: Format,
) -> int:
    """Find what is meant, explain it, and print it."""
    from pinsmith.cli import _explain_reach, _explain_result
    from pinsmith.cli._check_hosts import targets_of
    from pinsmith.documents.document import encode
    from pinsmith.documents.explain import explain_document
    from pinsmith.errors import UsageError
    from pinsmith.explaining.asked import explain_word
    from pinsmith.explaining.records import Records

    now = _clock.now()
    path = _path(file)
    records = Records.beside(path)
    asks_stores = bool(usual or stores or since or cafile)
    found = None if asks_stores else explain_word(subject, records, now=now)
    if found is not None:
        if output == "json":
            _output.document(encode(explain_document(found)))
        else:
            _output.result(*_explain_result.lines(found, now.astimezone(UTC).date()))
        return ExitCode.OK
    is_file = Path(subject).is_file()
    if Path(subject).is_dir() and not (asks_stores and _is_host(subject)):
        raise UsageError(
            f"{subject!r} is a folder, but a file, a pin, a key or a host was expected",
            hint=f"name a certificate in it, such as {Path(subject) / 'fullchain.pem'}",
        )
    if not asks_stores and not is_file:
        raise UsageError(
            f"{subject!r} is neither a pin nor a file, and "
            + (f"{path} has no key or host of that name" if path else "there is no pin file that names it"),
            hint="write a pin such as sha256/..., or add --stores to ask a host that is not pinned",
        )
    among = stores_of(stores, since, usual=usual or not asks_stores)
    if cafile is not None:
        among = (*among, _explain_reach.store_of(cafile))
    if is_file:
        return _explain_reach.explain_file(Path(subject), records, among, output)
    address = {"connect": connect, "starttls": starttls, "proxy": proxy}
    (target,) = targets_of(records.policy, [subject], (), folder=None, **address)
    return _explain_reach.explain_live(target, records, among, output, timeout_seconds=timeout)


def _is_host(subject: str) -> bool:
    """Return whether users may mean a host, although a folder has the same name."""
    from pinsmith.errors import HostError
    from pinsmith.probe.target import parse_target

    try:
        parse_target(subject)
    except HostError:
        return False
    return True


def _path(file: Path | None) -> Path | None:
    """Return the pin file; None if there is none and none was named, because a pin needs none."""
    from pinsmith.errors import FileError

    try:
        return _options.find_pin_file(file)
    except FileError as error:
        if Path(error.path).is_file():  # there is one, but of another user
            raise
        return None
