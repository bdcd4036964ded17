"""
Keep the servers of the lab up, for phones, emulators and manual tests.

The command prints the address of each scenario, what to pin there and what a correct app does. Then it prints each
visit as it happens, and what that shows about the app. Of each request, only the method and the path are shown. A page
shows the same to the device, with a QR code for each scenario. It also offers the roots that the app must trust, the
pins and the certificates. Nothing is installed anywhere.

With --state, each scenario has a host below lab.example.com, and this command is the HTTP proxy that leads to them. The
next start has the same keys, so an app is built once. The page shows how to set the proxy. Without --state:

    Android emulator    --name 10.0.2.2: this machine, as the emulator sees it
    adb reverse         --port-base 9000, and adb reverse tcp:9000 tcp:9000 for each port
    iOS simulator       no option: it shares the loopback
    a phone             --host and the address of this machine in the phone's network
    any of them         --name lab.example.com: the proxy, with new keys

With --host, everybody in that network can reach the servers. Trust the roots only on devices that are used for nothing
else, and remove them afterwards.

Ctrl-C or SIGTERM ends the command. It prints a summary of what was seen. The exit code is 0 even if the app failed; use
`pinsmith lab run` for an exit code that judges.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

import click

from pinsmith._port import MAX_PORT
from pinsmith.cli import _interrupt, _lab_state, _lab_updates, _output
from pinsmith.cli._command import Command, number
from pinsmith.cli._options import format_option, scenario_option
from pinsmith.cli._report_file import report_option
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.cli._lab_serve_result import EventPrinter
    from pinsmith.cli._options import Format
    from pinsmith.cli._report_file import ReportFile
    from pinsmith.lab.live.service import LabService

EXAMPLES: Final = (
    ("For an iOS simulator, or a browser on this machine:", "pinsmith lab serve"),
    ("For devices that use a proxy, with the same keys next time:", "pinsmith lab serve --state ~/lab --port 8080"),
    ("For an Android emulator:", "pinsmith lab serve --name 10.0.2.2"),
    ("For a phone in the network of this machine:", "pinsmith lab serve --host 192.168.1.20"),
    ("Test a client of signed updates:", "pinsmith lab serve --scenario leaf-pin --updates ./updates"),
    ("Serve one scenario, on a port for adb reverse:", "pinsmith lab serve --scenario leaf-pin --port-base 9000"),
)
_LOOK_SECONDS: Final = 0.1


@click.command("serve", Command, help=__doc__, examples=EXAMPLES)
@scenario_option
@click.option("--host", metavar="ADDRESS", help="Listen on this address of the machine instead of the loopback.")
@click.option(
    "--name", metavar="NAME", help="The name that the app connects to and pins. Default: localhost, or the address."
)
@click.option("--key", default="ec-p256", metavar="KIND", help="The kind of every key, such as rsa-2048.")
@click.option(
    "--port", type=number(int, 0, MAX_PORT), default=0, metavar="N", help="The port of the page; 0 for a free one."
)
@click.option(
    "--port-base", type=number(int, 1, 65000), metavar="N", help="The first port of the scenarios; the others follow."
)
@_lab_state.state_option
@_lab_state.renew_option
@_lab_updates.updates_option
@click.option("--qr/--no-qr", default=None, help="Print QR codes. Default: on a terminal, if there are few.")
@report_option
@format_option(help="How to print; json prints a document, then each event on a line.")
def lab_serve(
    *,
    scenarios: tuple[str, ...],
    host: str | None,
    name: str | None,
    key: str,
    port: int,
    port_base: int | None,
    state: Path | None,
    renew: bool,
    updates: Path | None,
    qr: bool | None,
    report: ReportFile | None,
    output: Format,
) -> int:
    """Serve the lab, print the visits until interrupted, and sum up."""
    from pinsmith.cli._lab_scenario import chosen, key_kinds
    from pinsmith.cli._lab_serve_place import place_of
    from pinsmith.cli._lab_serve_report import Recorder
    from pinsmith.lab.live.service import LabService
    from pinsmith.lab.scenarios import SCENARIOS

    (kind,) = key_kinds([key])
    place, wanted = place_of(host, _lab_state.name_of(state, name)), chosen(scenarios) or SCENARIOS
    _lab_updates.require_possible(updates, place)
    pki = _lab_state.lab_pki(state, kind, renew=renew)
    with LabService(
        wanted, kind=kind, place=place, port=port, first_port=port_base, pki=pki, folder=updates
    ) as service:
        if not service.served:
            reasons = [f"{left_out.scenario.id}: {left_out.reason}" for left_out in service.left_out]
            raise UsageError("no scenario is left to serve", details=reasons)
        if updates is not None and service.updates is not None:
            _lab_updates.write(updates, service.updates)
        printer = Recorder(_printer_for(service, output, qr=qr), service)
        with _interrupt.noted() as is_interrupted, contextlib.suppress(KeyboardInterrupt):
            printer.print_service()
            while not is_interrupted():
                printer.print_events(service.watch.take())
                time.sleep(_LOOK_SECONDS)
        service.watch.close()
        printer.print_events(service.watch.take())
        printer.print_summary()
    problems = [f"a server of the lab failed: {problem}" for problem in service.problems]
    if service.watch.full:
        ids = ", ".join(service.watch.full)
        problems.append(
            f"the servers of {ids} received too many requests, so the lab counted the later ones without reading them; "
            "serve these scenarios again"
        )
    for problem in problems:
        _output.warning(problem)
    if report is not None:
        printer.hand_over(report, problems)
    return ExitCode.OK


def _printer_for(service: LabService, output: str, *, qr: bool | None) -> EventPrinter:
    from pinsmith.cli._lab_serve_result import JSONPrinter, TextPrinter

    if output == "json":
        return JSONPrinter(service)
    return TextPrinter(service, codes=qr)
