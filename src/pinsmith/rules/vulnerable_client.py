"""A client with a known hole in its pinning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._exposed import exposed
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for client, hole, here, pinned in exposed(files):
        if pinned is not None:
            message = f"{client.name} {client.shown} enforces its pins, and has {hole.id}: {hole.effect}"
            yield Defect(here, message, fix=hole.advice)


def lock(version: str) -> str:
    """Write a Cargo.lock."""
    return f'version = 4\n\n[[package]]\nname = "rustls-webpki"\nversion = "{version}"\n'


_OUTPUT: Final = '[[output]]\nformat = "rust-rustls"\npath = "src/pins.rs"\n'

RULE = Rule(
    id="vulnerable-client",
    severity=Severity.MEDIUM,
    title="a client with a known hole in its pinning",
    effect="Connections escape the pins, as the report describes.",
    fix="update the client",
    example=Example(
        lock("0.103.15"),
        lock("0.103.16"),
        name="Cargo.lock",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby"), _OUTPUT),
    ),
    compare=_compare,
)
