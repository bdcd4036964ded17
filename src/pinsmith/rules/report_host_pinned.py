"""Reports that the pins themselves block."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pinsmith.finding import Severity
from pinsmith.policy import Policy
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    policy = Policy(tuple(site.entry for site in file.sites))
    for site in file.sites:
        for uri in site.entry.report_uris:
            target = urlsplit(uri).hostname
            pinned = policy.find(target) if target else None
            if pinned is not None and pinned.mode == "enforce" and set(pinned.keys) & set(site.entry.keys):
                yield Defect(site, f"its reports go to {target}, which has the same pins")


RULE = Rule(
    id="report-host-pinned",
    severity=Severity.MEDIUM,
    title="reports to a host with the same pins",
    effect="When the key changes, a client that is locked out cannot send its report either.",
    fix="send reports to a host that is not pinned, or is pinned by other keys",
    example=Example(
        pin_file(KEY, STANDBY, host_table(API, "api standby", f'report-uris = ["https://{API}/reports"]')),
        pin_file(KEY, STANDBY, host_table(API, "api standby", 'report-uris = ["https://reports.example.net/pins"]')),
    ),
    check=_check,
)
