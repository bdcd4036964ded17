"""A release that no server with a key of the pin file can satisfy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.checks.apart import shares_no_chain
from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file, releases_file
from pinsmith.rules._released import compared, defect
from pinsmith.rules._rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import Defect, PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for one, beside in compared(files):
        covering = [policy for policy in beside if policy.find(one.entry.host) is not None]
        if covering and all(shares_no_chain(one.entry, policy) for policy in covering):
            names = ", ".join(one.entry.pins)
            yield defect(
                one,
                f"pins {names}, and the pin file pins none of these keys, so a server with a key of "
                "the pin file locks its users out",
            )


RULE = Rule(
    id="release-without-common-pin",
    severity=Severity.MEDIUM,
    title="a release that shares no pinned key with the pin file",
    effect="No server satisfies both that release and the next one, so the users of one of them are locked out.",
    fix=(
        "keep a key of the release in the pin file until nobody uses the release any more, and then end it: "
        "`pinsmith release end APP VERSION`"
    ),
    example=Example(
        releases_file("old"),
        releases_file("old", "standby"),
        name="pins.releases.toml",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    compare=_compare,
)
