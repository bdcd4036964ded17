"""Reports without encryption."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._places import literals, value
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile
    from pinsmith.syntax.edit import Splice


def _check(file: PinnedFile) -> Iterator[Defect]:
    for at, site in enumerate(file.sites):
        for number, uri in enumerate(site.entry.report_uris):
            if urlsplit(uri).scheme == "http":
                message = f"its reports go to {uri} without encryption"
                yield Defect(site, message, repair=_encrypted(file, at, number, uri))


def _encrypted(file: PinnedFile, at: int, number: int, uri: str) -> tuple[Splice, ...]:
    new = f"https{uri[len('http') :]}"
    places = ((*where, "report-uris", number) for where in (("host", at), ("defaults",)))
    found = (value(file, path, json.dumps(new)) for path in places)
    return next(filter(None, found), ()) or literals(file, uri, new)


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
    repair="unsafe",
)
