"""A pin of a public authority's intermediate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.authorities import find
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import API, KEY, STANDBY, host_table, key_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile

_E5: Final = Pin.parse("sha256/NYbU7PBwV4y9J67c4guWTki8FJ+uudrXL0a4V4aRcrg=")  # Let's Encrypt E5


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site, key in file.pinned_keys():
        known = find(key.pin)
        if known is not None and known.role == "intermediate":
            yield Defect(site, f"the pin {key.name} is of {known.name}, an intermediate of a public authority", key.pin)


RULE = Rule(
    id="public-intermediate",
    severity=Severity.MEDIUM,
    title="a pin of a public authority's intermediate",
    effect=(
        "Public authorities replace their intermediates without notice. If no other pin matches, the next renewal "
        "locks clients out."
    ),
    fix="pin the roots of the authorities that you may use, or your own key",
    example=Example(
        pin_file(key_table("e5", 'role = "intermediate"', of=_E5), STANDBY, host_table(API, "e5 standby")),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    check=_check,
)
