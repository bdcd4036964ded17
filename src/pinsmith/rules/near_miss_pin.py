"""A pin that was mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.authorities import find, near
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import API, STANDBY, host_table, key_table, pin_file
from pinsmith.rules._places import literals, value
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile

_ISRG_ROOT_X1: Final = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")
_MISTYPED: Final = Pin.parse("sha256/C5+1pZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site, key in file.pinned_keys():
        if find(key.pin) is None and (meant := near(key.pin)):
            message = f"the pin {key.name} differs in one character from that of {meant.name}, {meant.pin}"
            repair = value(file, ("keys", key.name, "pin"), f'"{meant.pin}"')
            if key.role not in {meant.role, "unknown"}:
                repair += value(file, ("keys", key.name, "role"), f'"{meant.role}"')
            repair += literals(file, key.pin.base64, meant.pin.base64, behind="(?<![A-Za-z0-9+=])")
            yield Defect(site, message, key.pin, repair=repair)


RULE = Rule(
    id="near-miss-pin",
    severity=Severity.HIGH,
    title="a pin that differs from a known authority's in one character",
    effect="No chain contains such a key, so the pin never matches. It was probably mistyped.",
    fix="copy the pin again, and compare it with the one that the authority publishes",
    example=Example(
        pin_file(key_table("isrg", of=_MISTYPED), STANDBY, host_table(API, "isrg standby")),
        pin_file(key_table("isrg", 'role = "root"', of=_ISRG_ROOT_X1), STANDBY, host_table(API, "isrg standby")),
    ),
    check=_check,
    repair="unsafe",
)
