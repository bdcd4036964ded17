"""A pin of an authority where only the key of the leaf is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.authorities import find
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import API, KEY, STANDBY, host_table, key_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile, Site

_ISRG: Final = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")  # ISRG Root X1


def _check(file: PinnedFile) -> Iterator[Defect]:
    noted = [note.message for note in file.notes if note.rule == "pin-never-matches"]
    for site, key in file.pinned_keys():
        who, authority = _leaf_only(file, site), find(key.pin)
        if who is None or authority is None or any(authority.name in message for message in noted):
            continue
        message = f"the pin {key.name} is of the authority {authority.name}, but {who} only the key of the server"
        yield Defect(site, message, key.pin)


def _leaf_only(file: PinnedFile, site: Site) -> str | None:
    """Say who compares only the leaf, with a verb. Code that users wrote may look at more than code of pinsmith."""
    if site.entry.trust == "pins-only":
        return 'trust = "pins-only" compares'
    target = file.target
    if target is not None and target in formats.SYNTAXES and target.can.matches == "leaf":
        return f"{target.title} compares"
    return None


RULE = Rule(
    id="authority-beside-leaf",
    severity=Severity.HIGH,
    title="a pin of an authority where only the leaf is compared",
    effect="The pin never matches. If no other pin does, every client is locked out.",
    fix="pin the key of the server and a standby key, and remove this pin",
    example=Example(
        pin_file(KEY, key_table("isrg", of=_ISRG), host_table(API, "api isrg", 'trust = "pins-only"')),
        pin_file(KEY, STANDBY, host_table(API, "api standby", 'trust = "pins-only"')),
    ),
    check=_check,
)
