"""ManageSieve: the mail filters of a mailbox server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk


def _dialogue(talk: Talk) -> Dialogue[None]:
    yield from _agree(talk, doing="the connection")
    talk.say(b"STARTTLS\r\n")
    yield from _agree(talk, doing="STARTTLS")


def _agree(talk: Talk, *, doing: str) -> Dialogue[None]:
    # Capabilities are quoted strings, one a line; the answer itself is the first line that is an atom.
    line = b'"'
    while line.startswith(b'"'):
        line = yield from talk.line()
    if line.upper().split(b" ", 1)[0] != b"OK":
        raise talk.failed(f"refused {doing}", said=line)


PROTOCOL: Final = Protocol(
    id="sieve",
    title="ManageSieve",
    port=4190,
    spec="https://www.rfc-editor.org/rfc/rfc5804#section-2.2",
    dialogue=_dialogue,
)
