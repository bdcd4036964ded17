"""Pins that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site in file.all_sites:
        expires = site.entry.expires
        if expires is not None and expires <= file.today:
            yield Defect(site, f"its pins ended on {expires}, so clients accept any trusted certificate")


RULE = Rule(
    id="pins-ended",
    severity=Severity.HIGH,
    title="pins that have ended",
    effect="Clients enforce nothing for the host any more, and accept every trusted certificate.",
    fix="set a later day, and release the pins again",
    example=Example(
        pin_file(KEY, STANDBY, host_table(API, "api standby", "expires = 2020-01-01")),
        pin_file(KEY, STANDBY, host_table(API, "api standby", "expires = 2028-06-01")),
    ),
    references=("MASWE-0028", "MASTG-TEST-0243"),
    check=_check,
)
