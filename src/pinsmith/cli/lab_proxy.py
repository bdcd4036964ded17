"""
Intercept an app's traffic, and report for each host whether the app pins it.

Set this proxy on the device, or let pinsmith run COMMAND. Make the app trust the rogue authority, which exists for this
run only, or for 30 days with --state: http://pinsmith.lab/ through the proxy serves its certificate, and --save-ca
writes it. Use the app, then press Ctrl-C. A host that the app contacts without the proxy is judged if its name leads
here, with --port 443.

A host is "not pinned" if the app sent data under a certificate of the rogue authority. It is "pinned" if the app
refused that certificate, and accepted the rogue authority for another host: without such a control, a refusal proves
nothing. Name a control with --control, unless the app contacts another host that is intercepted anyway.

Intercepted traffic is passed on to the real host, except for hosts that must pin. pinsmith keeps only counts and the
first request line, without its query. COMMAND finds the proxy and the authority in its environment: HTTPS_PROXY,
SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, NODE_EXTRA_CA_CERTS.

The exit code is 0 if the app pins every host that must pin, or if none was named; 4 if it does not pin one, or contacts
one without TLS; otherwise 1, if one was not seen or its verdict is inconclusive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith._port import MAX_PORT
from pinsmith.cli import _lab_proxy_options as options, _lab_state
from pinsmith.cli._command import Command, argument, choice_option, number
from pinsmith.cli._options import cafile_option, file_option, format_option, timeout_option
from pinsmith.cli._report_file import report_option
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.cli._options import Format
    from pinsmith.cli._report_file import ReportFile

Upstream = Literal["relay", "block"]
EXAMPLES: Final = (
    ("Watch an emulator, whose proxy is 10.0.2.2:8080:", "pinsmith lab proxy --port 8080"),
    (
        "Demand that every host of the nearest pins.toml is pinned, and keep the evidence:",
        "pinsmith lab proxy --port 8080 --all --output verdict.json",
    ),
    (
        "Judge a program in CI:",
        "pinsmith lab proxy --must-pin api.example.com --control www.example.com -- ./use-the-api",
    ),
)


@click.command("proxy", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "command", nargs=-1, metavar="COMMAND", help="A program to run, after --, with arguments; the proxy ends with it."
)
@options.must_pin_option
@options.must_pin_file_option
@click.option("--all", "every", is_flag=True, help="Demand pinning of every host that the pin file enforces.")
@file_option
@options.control_option
@choice_option(
    "--upstream",
    choices=get_args(Upstream),
    default="relay",
    help="Pass intercepted requests on to the real host, or answer 502.",
)
@click.option(
    "--pass-through-after-refusal",
    "pass_through",
    is_flag=True,
    help="After a refusal, pass traffic on without decrypting it, so that the app goes on working.",
)
@options.connect_to_option
@cafile_option
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Listen here; 0.0.0.0 lets every machine in.")
@click.option(
    "--port", type=number(int, 0, MAX_PORT), default=0, metavar="N", help="Listen on this port; 0 chooses a free one."
)
@options.save_ca_option
@_lab_state.state_option
@_lab_state.renew_option
@click.option("--until-seen", is_flag=True, help="End as soon as every host that must pin has a verdict.")
@click.option("--for", "seconds", type=number(float, 0.001, 86_400), metavar="SECONDS", help="End after this time.")
@timeout_option(most=3600, help="How long a client or a host may take for each step.")
@options.output_option
@report_option
@format_option()
def lab_proxy(
    *,
    command: tuple[str, ...],
    must_pin: tuple[str, ...],
    must_pin_file: Path | None,
    every: bool,
    file: Path | None,
    control: tuple[str, ...],
    upstream: Upstream,
    pass_through: bool,
    connect_to: tuple[str, ...],
    cafile: Path | None,
    host: str,
    port: int,
    save_ca: Path | None,
    state: Path | None,
    renew: bool,
    until_seen: bool,
    seconds: float | None,
    timeout: float,
    verdict_file: Path | None,
    report: ReportFile | None,
    output: Format,
) -> int:
    """Intercept, print what happens, and conclude."""
    from pinsmith.cli import _lab_proxy_result as result
    from pinsmith.cli._lab_proxy_session import Session, listen

    must = options.must_pin(must_pin, must_pin_file, file, every=every)
    if until_seen and not must:
        raise UsageError("--until-seen needs a host that must pin", hint="name one with --must-pin")
    proxy = listen(
        upstream=upstream,
        must_pin=must,
        controls=options.wanted(control),
        pass_through=pass_through,
        route=options.routes(connect_to),
        cadata=options.trusted(cafile),
        authority=_lab_state.rogue_authority(state, renew=renew),
        timeout_seconds=timeout,
        address=options.listening_address(host),
        port=port,
        on_verdict=result.tell,
    )
    session = Session(proxy, until_seen=until_seen, seconds=seconds)
    session.run(command, save_ca=save_ca, cafile=cafile)
    return result.conclude(session, verdict_file=verdict_file, report=report, output=output)
