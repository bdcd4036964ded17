"""Pins that end before users have updated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.checks.ending import WARNING_TIME
from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile

_EXPIRES: Final = "expires = 2028-06-01"


def _check(file: PinnedFile) -> Iterator[Defect]:
    horizon = max(WARNING_TIME, file.lead_time)
    for site in file.all_sites:
        expires = site.entry.expires
        if expires is not None and file.today < expires < file.today + horizon:
            days = (expires - file.today).days
            yield Defect(
                site, f"its pins end on {expires}, in {days} days, but users take up to {horizon.days} days to update"
            )


RULE = Rule(
    id="pins-end-soon",
    severity=Severity.MEDIUM,
    title="pins that end before users have updated",
    effect="Clients that are not updated by then enforce nothing for the host.",
    fix="set a later day, and release the pins now",
    example=Example(
        pin_file("[defaults]\nlead-time = 3650\n", KEY, STANDBY, host_table(API, "api standby", _EXPIRES)),
        pin_file("[defaults]\nlead-time = 60\n", KEY, STANDBY, host_table(API, "api standby", _EXPIRES)),
    ),
    check=_check,
)
