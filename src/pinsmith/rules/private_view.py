"""A host that commands reach in another way than clients do."""

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
        ways = [name for name in ("connect", "cafile") if getattr(site.entry, name)]
        if ways:
            yield Defect(site, f"{' and '.join(ways)} lead `check` to another server or authority than the public sees")


RULE = Rule(
    id="private-view",
    severity=Severity.INFO,
    title="a host that commands reach in another way than clients do",
    effect=(
        "`check` compares the pins with a server or an authority that the public does not see, so it may pass while "
        "users are locked out."
    ),
    fix="run `pinsmith check --public` too, or remove connect and cafile",
    example=Example(
        pin_file(KEY, STANDBY, host_table(API, "api standby", 'connect = "192.0.2.7"')),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    persona=Persona.AUDITOR,
    check=_check,
)
