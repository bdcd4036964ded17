"""Pins of a Flutter project that only native code reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._rule import Defect, Example, Persona, Rule
from pinsmith.rules._unread import unread
from pinsmith.rules.pins_never_read import CONFIGURATION, PUBSPEC

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for site, _, doubt in unread(files):
        if doubt:
            yield Defect(site, f"Dart does not read these pins, and it is not clear whether it has to: {doubt}")


RULE = Rule(
    id="pins-perhaps-never-read",
    severity=Severity.INFO,
    title="pins that only native code of a Flutter app reads",
    effect="If Dart code requests this host, its requests may not be pinned.",
    fix="if Dart code requests it, let that code enforce the pins; otherwise accept this finding",
    example=Example(
        CONFIGURATION[1],
        CONFIGURATION[1].replace(
            "        <domain>",
            "        <!-- pinsmith: allow[pins-perhaps-never-read] only a native plugin requests it -->\n"
            "        <domain>",
        ),
        name=CONFIGURATION[0],
        more=(PUBSPEC,),
    ),
    persona=Persona.AUDITOR,
    compare=_compare,
)
