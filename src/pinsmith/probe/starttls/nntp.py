"""NNTP: news servers; both greetings, with and without posting, are welcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol
from pinsmith.probe.starttls._reply import expect

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk


def _dialogue(talk: Talk) -> Dialogue[None]:
    yield from expect(talk, frozenset({b"200", b"201"}), doing="the connection")
    talk.say(b"STARTTLS\r\n")
    yield from expect(talk, frozenset({b"382"}), doing="STARTTLS")


PROTOCOL: Final = Protocol(
    id="nntp", title="NNTP", port=119, spec="https://www.rfc-editor.org/rfc/rfc4642", dialogue=_dialogue
)
