"""A pin of an authority whose certificates are over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.authorities import find
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import API, KEY, STANDBY, host_table, key_table, pin_file
from pinsmith.rules._places import without_key
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile

_ENDED: Final = Pin.parse("sha256//1aAzXOlcD2gSBegdf1GJQanNQbEuBoVg+9UlHjSZHY=")  # Equifax Secure, until 2018


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site, key in file.pinned_keys():
        known = find(key.pin)
        if known is not None and known.last_day < file.today:
            message = f"the pin {key.name} is of {known.name}, whose last certificate ended on {known.last_day}"
            repair = without_key(file, site, key) if len(site.entry.by_digest) > 1 else ()
            yield Defect(site, message, key.pin, repair=repair)


RULE = Rule(
    id="ended-authority",
    severity=Severity.LOW,
    title="a pin of an authority whose certificates have ended",
    effect="No valid chain contains the key any more, so the pin never matches.",
    fix="remove the pin, and make sure that a backup pin remains",
    example=Example(
        pin_file(key_table("old", 'role = "root"', of=_ENDED), KEY, STANDBY, host_table(API, "old api standby")),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    check=_check,
    repair="unsafe",
)
