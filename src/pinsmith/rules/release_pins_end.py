"""A release whose pins end."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from pinsmith.checks.ending import WARNING_TIME
from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file, releases_file
from pinsmith.rules._released import defect, is_pin_file
from pinsmith.rules._rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import Defect, PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for file in files:
        folder = PurePath(file.file).parent
        beside = (other for other in files if is_pin_file(other) and PurePath(other.file).parent == folder)
        horizon = max([WARNING_TIME, *(other.lead_time for other in beside)])
        for one in file.released:
            expires = one.entry.expires
            if one.entry.mode == "off" or expires is None or file.today + horizon <= expires:
                continue
            if expires <= file.today:
                why = f"has pins that ended on {expires}, so its users accept any trusted certificate"
            else:
                days = (expires - file.today).days
                update = f"users take up to {horizon.days} days to update"
                why = f"has pins that end on {expires}, in {days} days, but {update}"
            yield defect(one, why)


RULE = Rule(
    id="release-pins-end",
    severity=Severity.MEDIUM,
    title="a release whose pins have ended, or end before its users have updated",
    effect="From that day on, the release enforces nothing for the host, and accepts every trusted certificate.",
    fix="release pins that end later, and end this release when nobody uses it: `pinsmith release end APP VERSION`",
    example=Example(
        releases_file("api", "standby", lines=("expires = 2026-11-30",)),
        releases_file("api", "standby", lines=("expires = 2030-06-01",)),
        name="pins.releases.toml",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    compare=_compare,
)
