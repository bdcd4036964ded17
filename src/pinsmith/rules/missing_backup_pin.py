"""A host with a single pin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site in file.sites:
        if len(site.entry.by_digest) == 1:
            yield Defect(site, "it has one pin, so the loss or change of that key locks all clients out")


RULE = Rule(
    id="missing-backup-pin",
    severity=Severity.MEDIUM,
    title="a host with a single pin",
    effect="If the key is lost, stolen or replaced, every client with the pin is locked out until it is updated.",
    fix="pin a second key that no server uses: `pinsmith add HOST --generate-backup`",
    example=Example(
        pin_file(KEY, host_table(API, "api")),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    references=("MASWE-0028",),
    check=_check,
)
