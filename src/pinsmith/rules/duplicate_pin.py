"""A backup that is the same key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, key_table, pin, pin_file
from pinsmith.rules._places import without_key
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site, key in file.pinned_keys():
        first = site.entry.by_digest[key.pin.digest]
        if first != key:
            is_same = key == replace(first, name=key.name)
            repair = without_key(file, site, key) if is_same else ()
            yield Defect(site, f"the keys {first.name} and {key.name} are the same key", key.pin, repair=repair)


RULE = Rule(
    id="duplicate-pin",
    severity=Severity.MEDIUM,
    title="two names of one key at one host",
    effect="The host has fewer keys than it seems to have. If the second name was meant as a backup, there is none.",
    fix="pin another key, and remove one of the names",
    example=Example(
        pin_file(KEY, STANDBY, key_table("copy", 'role = "leaf"', of=pin("api")), host_table(API, "api standby copy")),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    references=("MASWE-0028",),
    check=_check,
    repair="safe",
)
