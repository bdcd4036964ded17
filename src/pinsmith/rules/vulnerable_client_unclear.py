"""A client with a known hole in its pinning, of which lint does not know whether it enforces pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._exposed import exposed
from pinsmith.rules._rule import Defect, Example, Persona, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for client, hole, here, pinned in exposed(files):
        if pinned is None:
            message = f"if {client.name} {client.shown} enforces pins here, {hole.id} matters: {hole.effect}"
            yield Defect(here, message, fix=hole.advice)


RULE = Rule(
    id="vulnerable-client-unclear",
    severity=Severity.INFO,
    title="a client with a known hole in its pinning, which may enforce pins",
    effect="If this client enforces pins, connections escape them, as the report describes.",
    fix="update the client",
    example=Example(
        "requests==2.32.1\n",
        "requests==2.32.3\n",
        name="requirements.txt",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    persona=Persona.AUDITOR,
    compare=_compare,
)
