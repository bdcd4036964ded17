"""LMTP: final delivery behind a mail server; SMTP with another greeting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol
from pinsmith.probe.starttls._reply import CLIENT, expect

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk


def _dialogue(talk: Talk) -> Dialogue[None]:
    yield from expect(talk, frozenset({b"220"}), doing="the connection")
    talk.say(b"LHLO " + CLIENT + b"\r\n")
    yield from expect(talk, frozenset({b"250"}), doing="LHLO")
    talk.say(b"STARTTLS\r\n")
    yield from expect(talk, frozenset({b"220"}), doing="STARTTLS")


# LMTP must not use SMTP's port and has none of its own; 24 is the one reserved for private mail systems.
PROTOCOL: Final = Protocol(
    id="lmtp", title="LMTP", port=24, spec="https://www.rfc-editor.org/rfc/rfc2033", dialogue=_dialogue
)
