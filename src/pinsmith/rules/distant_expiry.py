"""Pins that end in years."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._places import literals, value
from pinsmith.rules._rule import Defect, Example, Persona, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile

_LONGEST: Final = timedelta(days=2 * 365)


def _check(file: PinnedFile) -> Iterator[Defect]:
    for number, site in enumerate(file.all_sites):
        expires = site.entry.expires
        if expires is not None and expires > file.today + _LONGEST:
            new = (file.today + _LONGEST).isoformat()
            repair = value(file, ("host", number, "expires"), new)
            repair += literals(file, expires.isoformat(), new, behind="""(?<=expiration=["'])""", before="""(?=["'])""")
            yield Defect(site, f"its pins end on {expires}, more than two years from now", repair=repair)


RULE = Rule(
    id="distant-expiry",
    severity=Severity.LOW,
    title="pins that end more than two years from now",
    effect="An app that nobody updates stays locked out for years after the key has changed.",
    fix="set an earlier day, and extend it with each release",
    example=Example(
        pin_file(KEY, STANDBY, host_table(API, "api standby", "expires = 2199-01-01")),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    persona=Persona.PEDANTIC,
    check=_check,
    repair="unsafe",
)
