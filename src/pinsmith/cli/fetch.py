"""
Show the certificates and pins that live hosts present.

pinsmith makes a full TLS handshake with each host, so that the host proves that it holds the key that is shown. An
untrusted, expired or misnamed chain is shown too: it is marked, and it is a warning, not a failure. `fetch` does not
read pins.toml. To compare hosts with it, run `pinsmith check`.

The exit code is 0 if every host could be read, trusted or not, and 1 if a host could not be read.
"""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith._port import MAX_PORT
from pinsmith.cli import _clock, _options, _output
from pinsmith.cli._command import PATH, Command, argument, choice_option, number
from pinsmith.cli._starttls import starttls_option
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

KeyType = Literal["rsa", "ecdsa", "both"]
Output = Literal["text", "json", "ndjson"]
EXAMPLES: Final = (
    ("Look at a site, and at another port of it:", "pinsmith fetch example.com example.com:8443"),
    ("Look at a mail server:", "pinsmith fetch mail.example.com --starttls smtp"),
    ("See every address and both kinds of key:", "pinsmith fetch example.com --all-addresses --key-type both"),
    ("Look at a new server before the name points to it:", "pinsmith fetch example.com --connect 192.0.2.7"),
    ("Read a list, and print one JSON object on each line:", "pinsmith fetch --from hosts.txt --format ndjson"),
    ("Keep the certificates:", "pinsmith fetch example.com --save certs"),
)


@click.command("fetch", Command, help=__doc__, examples=EXAMPLES)
@argument("hosts", nargs=-1, metavar="HOST[:PORT]", help="A host to look at, or its URL; the port is 443 by default.")
@click.option(
    "--from",
    "from_file",
    type=PATH,
    metavar="FILE",
    help='More hosts, one on each line; # begins a comment; "-" is standard input.',
)
@click.option(
    "--port", type=number(int, 1, MAX_PORT), metavar="PORT", help="The port of hosts that are given without one."
)
@starttls_option
@choice_option(
    "--key-type", choices=get_args(KeyType), help="Ask for this kind of key; needs a server that speaks TLS 1.2."
)
@_options.connect_option
@click.option("--all-addresses", is_flag=True, help="Look at every address of each host.")
@click.option("-4", "only_4", is_flag=True, help="Use IPv4 only.")
@click.option("-6", "only_6", is_flag=True, help="Use IPv6 only.")
@_options.proxy_option
@_options.cafile_option
@_options.timeout_option()
@click.option(
    "--concurrency", type=number(int, 1), default=100, metavar="NUMBER", help="Look at up to this many hosts at once."
)
@_options.engine_option
@click.option("--save", type=PATH, metavar="DIR", help="Write each certificate into DIR, as PEM and DER.")
@_options.format_option(*get_args(Output), help="How to print: ndjson has a line for each host.")
@click.option("--no-pem", is_flag=True, help="Leave the certificates themselves out of JSON.")
def fetch(
    *,
    hosts: tuple[str, ...],
    from_file: Path | None,
    port: int | None,
    starttls: str | None,
    key_type: KeyType | None,
    connect: str | None,
    all_addresses: bool,
    only_4: bool,
    only_6: bool,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
    concurrency: int,
    engine: _options.Engine,
    save: Path | None,
    output: Output,
    no_pem: bool,
) -> int:
    """Fetch, show, save."""
    from pinsmith.cli._reporter import Reporter
    from pinsmith.cli._save import Saver
    from pinsmith.probe.named_hosts import HostRequest, fetch_named

    if not hosts and from_file is None:
        raise UsageError("no host is given", hint="name hosts, or pass a list of them with --from")
    if only_4 and only_6:
        raise UsageError("-4 and -6 exclude each other", hint="leave out both to use either kind of address")
    if output == "text" and no_pem:
        raise UsageError("--no-pem is for JSON", hint="add --format ndjson or --format json")
    address, connect_port = _options.parse_connect(connect)
    request = HostRequest(
        port=port,
        address=address,
        connect_port=connect_port,
        starttls=starttls,
        key_type=key_type,
        proxy=proxy,
        family=4 if only_4 else 6 if only_6 else None,
        all_addresses=all_addresses,
        engine=engine,
    )
    names, total = _names(hosts, from_file)
    trust = _options.trust_of(cafile)
    # A host that is asked several times may have fewer outcomes than questions, so the number of steps is not known.
    steps = None if all_addresses or key_type == "both" else total
    with _output.progress(steps, "fetching") as tick:
        saver = None if save is None else Saver(save)
        reporter = Reporter(output, _clock.now(), saver, tick, pem=not no_pem)
        for outcome in fetch_named(
            names,
            request,
            trust=trust,
            refuse=reporter.refuse,
            fail=reporter.add,
            timeout_seconds=timeout,
            concurrency=concurrency,
        ):
            reporter.add(outcome)
    reporter.finish()
    return ExitCode.BROKE if reporter.failures else ExitCode.OK


def _names(hosts: Sequence[str], path: Path | None) -> tuple[Iterator[str], int | None]:
    """Return the hosts of the command as a stream, and their number; None if that is not known."""
    from pinsmith.probe.name_list import open_names, parse_names

    if path is None:
        return iter(hosts), len(hosts)
    listed, count = (parse_names(sys.stdin.buffer), None) if str(path) == "-" else open_names(path)
    return itertools.chain(hosts, listed), None if count is None else len(hosts) + count
