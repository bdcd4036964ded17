"""A release that pins a compromised authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.authorities import compromised, compromised_keys
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import releases_file
from pinsmith.rules._released import defect, in_force
from pinsmith.rules._rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import Defect, PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    for one in in_force(file):
        for name, pin in one.entry.pins.items():
            if known := compromised(pin):
                yield defect(
                    one,
                    f"pins {name}, the key of {known}, so an attacker with that key can read what its users send",
                    pin,
                )


RULE = Rule(
    id="release-pins-compromised",
    severity=Severity.HIGH,
    title="a release that pins a compromised authority",
    effect="Attackers have the private key of that authority, and the users of the release accept their certificates.",
    fix="make these users update to a release without this pin, and then end it: `pinsmith release end APP VERSION`",
    example=Example(
        releases_file("authority", of=Pin(next(iter(compromised_keys())))),
        releases_file("authority"),
        name="pins.releases.toml",
    ),
    check=_check,
)
