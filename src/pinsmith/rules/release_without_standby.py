"""A release that the next rotation locks out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.checks.apart import lacks_standby_key, shares_no_chain
from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file, releases_file
from pinsmith.rules._released import compared, defect
from pinsmith.rules._rule import Example, Persona, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import Defect, PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for one, beside in compared(files):
        for policy in beside:
            missing = lacks_standby_key(one.entry, policy)
            if missing and not shares_no_chain(one.entry, policy):
                yield defect(
                    one,
                    f"does not pin the standby key {' or '.join(missing)}, so it is locked out when the host changes "
                    "its key",
                )


RULE = Rule(
    id="release-without-standby",
    severity=Severity.MEDIUM,
    title="a release that pins no standby key of the host",
    effect="If the key of the host is lost or replaced, the users of that release are locked out.",
    fix="do not change the key of HOST until these users have updated",
    example=Example(
        releases_file("api"),
        releases_file("api", "standby"),
        name="pins.releases.toml",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    persona=Persona.AUDITOR,
    compare=_compare,
)
