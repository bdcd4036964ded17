"""Reports without encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site in file.sites:
        for uri in site.entry.report_uris:
            if urlsplit(uri).scheme == "http":
                yield Defect(site, f"its reports go to {uri} without encryption")


RULE = Rule(
    id="plain-http-reports",
    severity=Severity.LOW,
    title="reports over plain HTTP",
    effect="An attacker who intercepts the connection can also read, change or drop the report about it.",
    fix="use an address that begins with https://",
    example=Example(
        pin_file(KEY, STANDBY, host_table(API, "api standby", 'report-uris = ["http://reports.example.net/pins"]')),
        pin_file(KEY, STANDBY, host_table(API, "api standby", 'report-uris = ["https://reports.example.net/pins"]')),
    ),
    references=("CWE-319",),
    check=_check,
)
