"""
Show the certificates and pins that live hosts present.

Each host is asked by a full TLS handshake, so that it proves to hold the key that is shown. An untrusted, expired or
misnamed chain is shown too, plainly marked; it is a warning and not a failure. Nothing is compared with pins.toml: that
is what `pinsmith check` does.

The exit code is 0 if every host could be read, trusted or not, and 1 if any could not.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from pinsmith.cli import _clock, _output
from pinsmith.cli._options import DEFAULT_TIMEOUT, CafileOption, ConnectOption, TimeoutOption
from pinsmith.cli._starttls import StartTLSOption
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._reporter import Reporter

EXAMPLES: Final = (
    ("Look at a site, and at another port of it:", "pinsmith fetch example.com example.com:8443"),
    ("Look at a mail server:", "pinsmith fetch mail.example.com --starttls smtp"),
    ("See every address and both kinds of key:", "pinsmith fetch example.com --all-addresses --key-type both"),
    ("Look at a new server before the name points to it:", "pinsmith fetch example.com --connect 192.0.2.7"),
    ("Read a list of hosts, print one JSON object a line:", "pinsmith fetch --from hosts.txt --format ndjson"),
    ("Keep the certificates:", "pinsmith fetch example.com --save certs"),
)


def fetch(
    hosts: Annotated[
        list[str] | None, typer.Argument(metavar="HOST[:PORT]", help="What to look at; the port is 443 by default.")
    ] = None,
    *,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help='More hosts, one a line; # begins a comment; "-": standard input.'),
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65535, help="The port of hosts that name none.")
    ] = None,
    starttls: StartTLSOption = None,
    key_type: Annotated[
        Literal["rsa", "ecdsa", "both"] | None,
        typer.Option(help="Ask for this kind of key; needs a server that speaks TLS 1.2."),
    ] = None,
    connect: ConnectOption = None,
    all_addresses: Annotated[bool, typer.Option("--all-addresses", help="Look at every address of a host.")] = False,
    only_4: Annotated[bool, typer.Option("-4", help="Use IPv4 only.")] = False,
    only_6: Annotated[bool, typer.Option("-6", help="Use IPv6 only.")] = False,
    cafile: CafileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    concurrency: Annotated[int, typer.Option(metavar="NUMBER", min=1, help="Look at so many hosts at once.")] = 100,
    save: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each certificate into DIR, as PEM and DER.")
    ] = None,
    output: Annotated[
        Literal["text", "json", "ndjson"], typer.Option("--format", help="How to print; ndjson prints as hosts answer.")
    ] = "text",
) -> int:
    """Fetch, show, save."""
    from pinsmith.cli import _fetch_targets
    from pinsmith.cli._options import parse_connect, trust_of
    from pinsmith.errors import UsageError
    from pinsmith.probe import fetch_many

    if not hosts and from_file is None:
        raise UsageError("no host given", hint="name hosts, or a list of them with --from")
    if only_4 and only_6:
        raise UsageError("-4 and -6 exclude each other", hint="without both, either kind of address is used")
    address, connect_port = parse_connect(connect)
    wanted = _fetch_targets.Wanted(
        port=port, address=address, connect_port=connect_port, starttls=starttls, key_type=key_type
    )
    texts, total = _fetch_targets.read(hosts or [], from_file)
    trust = trust_of(cafile)
    family: Literal[4, 6] | None = 4 if only_4 else 6 if only_6 else None
    reporter = _reporter(output, save)
    with _output.progress(total, "fetching", streaming=output != "json") as tick:
        source = _fetch_targets.expand(
            texts,
            wanted,
            reporter.refuse,
            reporter.add,
            family=family,
            all_addresses=all_addresses,
            timeout_seconds=timeout,
        )
        outcomes = fetch_many(source, trust=trust, timeout_seconds=timeout, concurrency=concurrency)
        for outcome in _fetch_targets.settle(outcomes, both=key_type == "both"):
            reporter.add(outcome)
            tick()
    reporter.finish()
    return ExitCode.BROKE if reporter.failures else ExitCode.OK


def _reporter(output: Literal["text", "json", "ndjson"], save: Path | None) -> Reporter:
    from pinsmith.cli import _reporter
    from pinsmith.cli._save import Saver

    return _reporter.Reporter(output, _clock.now(), Saver(save) if save is not None else None)
