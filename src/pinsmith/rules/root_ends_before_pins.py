"""A pinned root whose certificates end before the pins do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.authorities import find
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import API, STANDBY, host_table, key_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile

_UNTIL_2028: Final = Pin.parse("sha256/9Iut199qBmkNCuMTc7EoVfje2xRRfzYqMTEBzJjMazU=")  # NetLock Arany


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site, key in file.pinned_keys():
        known = find(key.pin)
        expires = site.entry.expires
        if expires is None or known is None or known.role != "root" or not file.today <= known.last_day < expires:
            continue
        yield Defect(
            site,
            f"the pin {key.name} is of {known.name}, whose last certificate ends on {known.last_day}, before the pins "
            f"end on {expires}",
            key.pin,
        )


def _example(expires: str) -> str:
    root = key_table("netlock", 'role = "root"', of=_UNTIL_2028)
    return pin_file(root, STANDBY, host_table(API, "netlock standby", f"expires = {expires}"))


RULE = Rule(
    id="root-ends-before-pins",
    severity=Severity.LOW,
    title="a pin of a root that ends before the pins",
    effect="The authority issues from another root by then, and if no other pin matches, clients are locked out.",
    fix="pin the authority's newer root too, or let the pins end earlier",
    example=Example(_example("2028-12-20"), _example("2028-11-20")),
    check=_check,
)
