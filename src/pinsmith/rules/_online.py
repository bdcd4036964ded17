"""Compare the pins of files with what the hosts present now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.checks.live import check_host
from pinsmith.finding import Finding, Severity
from pinsmith.policy import Policy
from pinsmith.probe.target import policy_targets
from pinsmith.rules._read import NO_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pinsmith.checks import HostCheck
    from pinsmith.probe import FetchOutcome, Target
    from pinsmith.rules._rule import PinnedFile, Site

UNREACHED: Final = "not-compared"
ELSEWHERE: Final = "compared-elsewhere"
# The warnings of `check` that only a live chain can show.
_OF_CHECK: Final = {"certificate-expires", "no-backup", "not-served", "standby-in-service"}
_JUST_NOW: Final = "as the host presents just now"


def targets(files: Iterable[PinnedFile]) -> list[Target]:
    """
    List the hosts of *files*, each once, to be reached as a pin file says; other files do not say it.

    Raises:
        FileError: If a ``cafile`` of a pin file cannot be read.
    """
    found: dict[tuple[str, int], Target] = {}
    for file in sorted(files, key=lambda file: file.target is not None):
        policy = _policy_of(file)
        for target in policy_targets(policy, folder=Path(file.file).parent):
            found.setdefault((target.host, target.port), target)
    return [*found.values()]


def compare(
    files: Iterable[PinnedFile],
    outcomes: Mapping[str, Sequence[FetchOutcome]],
    *,
    via: Mapping[str, str | None],
    now: datetime,
) -> Iterator[Finding]:
    """
    Yield a finding for each difference between files and live hosts, and for each host that could not be compared.

    Args:
        files: The files.

        outcomes: Everything that each host presents.

        via: How a host was reached, if not in the usual way.

        now: Aware.
    """
    files = list(files)
    elsewhere = {site.entry.host for file in files for site in file.sites if site.entry.connect or site.entry.cafile}
    for file in files:
        policy = _policy_of(file)
        for site in file.sites:
            seen = outcomes.get(site.entry.host, ())
            for check in check_host(policy, seen, now=now, lead_time=file.lead_time):
                yield from _findings(site, replace(check, via=via.get(check.host)), check.host in elsewhere)


def _policy_of(file: PinnedFile) -> Policy:
    return Policy(tuple(site.entry for site in file.sites if site.entry.host != NO_HOST))


def _findings(site: Site, check: HostCheck, is_elsewhere: bool) -> Iterator[Finding]:  # noqa: FBT001 - internal
    host, place = site.entry.host, site.place
    via = f" (via {check.via})" if check.via else ""
    if check.verdict == "unreachable":
        message = f"{host}: its pins were not compared with the live host, which {check.message}{via}"
        yield Finding(UNREACHED, Severity.INFO, place, message, check.hint, host=host)
    elif check.verdict in ("mismatched", "not-verified"):
        details = f": {'; '.join(check.details)}" if check.details else ""
        rule = check.reason if check.verdict == "not-verified" and check.reason else "pin-mismatch"
        message = f"{host}: the live host {check.message}{via}{details}"
        yield Finding(rule, Severity.HIGH, place, message, check.hint, host=host)
    elif is_elsewhere:
        message = f"{host}: its pins were compared{via}, which may not be what the public sees"
        yield Finding(ELSEWHERE, Severity.LOW, place, message, f"run `pinsmith check --public {host}`", host=host)
    for finding in check.findings:
        if finding.rule in _OF_CHECK:
            yield replace(finding, place=place, message=f"{host}: {finding.message}, {_JUST_NOW}", host=host)
