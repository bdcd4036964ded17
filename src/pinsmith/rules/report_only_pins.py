"""Pins that refuse nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Persona, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site in file.sites:
        if site.entry.mode == "report-only":
            yield Defect(site, "its pins are only reported, so clients accept any trusted certificate")


RULE = Rule(
    id="report-only-pins",
    severity=Severity.INFO,
    title="pins that only report",
    effect="Clients report a mismatch, but still connect.",
    fix="enforce the pins once a release has reported no mismatch",
    example=Example(
        pin_file(KEY, STANDBY, host_table(API, "api standby", 'mode = "report-only"')),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    persona=Persona.AUDITOR,
    references=("MASWE-0028",),
    check=_check,
)
