"""Compare live hosts with the pin file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from pinsmith.checks.certificate import check_certificate_file
from pinsmith.checks.live import check_host
from pinsmith.checks.via import via_of
from pinsmith.documents.check import CheckDocument, check_document
from pinsmith.mcp.scope import MAX_HOSTS
from pinsmith.mcp.secret import private_keys
from pinsmith.mcp.tool import MAX_NAME, Arguments, Outcome, Tool
from pinsmith.pinfile.releases import Releases
from pinsmith.probe import Trust

if TYPE_CHECKING:
    from pinsmith.mcp.scope import Scope
    from pinsmith.pinfile import PinFile


class CheckArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    hosts: Annotated[
        list[Annotated[str, Meta(max_length=MAX_NAME)]],
        Meta(max_length=MAX_HOSTS, description="The hosts to check, without port. Default: those of the pin file."),
    ] = msgspec.field(default_factory=list)
    certificate: Annotated[
        str,
        Meta(
            max_length=MAX_NAME,
            description=(
                "A file with a certificate that is not deployed yet, leaf first, below the folder in which the server "
                "was started. It is judged instead of live hosts, for hosts, or for every pinned host that it names. "
                "Default: none."
            ),
        ),
    ] = ""


def _run(scope: Scope, arguments: CheckArguments) -> Outcome:
    pin_file = scope.load()
    if arguments.certificate:
        return _of_certificate(scope, pin_file, arguments.certificate, arguments.hosts)
    names = arguments.hosts or [entry.host for entry in pin_file.policy if entry.mode != "off"]
    surveyed = scope.survey(pin_file, names[:MAX_HOSTS])
    now, lead_time = scope.clock(), timedelta(days=pin_file.lead_time)
    releases = Releases.beside(scope.pin_file).alive(now)
    checks = [
        replace(check, via=via_of(pin_file.policy, target, None))
        for target, outcomes in surveyed
        for check in check_host(pin_file.policy, outcomes, now=now, lead_time=lead_time, releases=releases)
    ]
    void = None if checks else f"{scope.pin_file.name} pins no host, so nothing was checked"
    more = len(names) - MAX_HOSTS
    left_out = [f"hosts: {more} more were not checked; pass them in hosts"] if more > 0 else [void] if void else []
    return Outcome(check_document(checks, void, now=now), tuple(left_out))


def _of_certificate(scope: Scope, pin_file: PinFile, name: str, hosts: list[str]) -> Outcome:
    """Judge a certificate as `pinsmith check --certificate` does, without a connection."""
    content, now, folder = scope.read(scope.path_of(name)), scope.clock(), scope.pin_file.parent
    checks = check_certificate_file(
        pin_file.policy,
        content,
        hosts,
        Trust().anchors(),
        now=now,
        lead_time=timedelta(days=pin_file.lead_time),
        read_cafile=lambda file: Trust(cafile=folder / file).anchors(),
        releases=Releases.beside(scope.pin_file).alive(now),
    )
    return Outcome(check_document(checks, now=now), secrets=tuple(private_keys(content)))


TOOL = Tool(
    id="check-policy",
    title="Check the pin file against live hosts",
    description=(
        "Connects to hosts of the pin file and reports for each address whether clients that enforce the pins would be "
        "let in: matched, mismatched, not-verified, not-pinned or unreachable, with the reason. Findings warn of what "
        "will go wrong, such as a missing backup pin or a certificate that ends soon. At most 25 hosts in one call. "
        "The releases that are recorded beside the pin file are checked too: cohorts has those that are locked out, "
        "with their share of users. With certificate, it says whom a certificate would lock out, and connects to "
        "nothing. The pin file is not changed."
    ),
    arguments=CheckArguments,
    document=CheckDocument,
    connects=True,
    run=_run,
)
