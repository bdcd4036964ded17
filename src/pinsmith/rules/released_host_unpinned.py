"""A host that is pinned by a release alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file, releases_file
from pinsmith.rules._released import compared, defect
from pinsmith.rules._rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import Defect, PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for one, beside in compared(files):
        if all(policy.find(one.entry.host) is None for policy in beside):
            yield defect(
                one,
                "pins it, but no entry of the pin file covers it, so the next release accepts any trusted certificate",
            )


RULE = Rule(
    id="released-host-unpinned",
    severity=Severity.MEDIUM,
    title="a host that a release pins and the pin file does not",
    effect="The next release does not pin the host. Users of the old one are still locked out if its keys change.",
    fix="pin it again, `pinsmith add HOST`, or end the release when nobody uses it: `pinsmith release end APP VERSION`",
    example=Example(
        releases_file("api", "standby", host="old.example.com"),
        releases_file("api", "standby"),
        name="pins.releases.toml",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    compare=_compare,
)
