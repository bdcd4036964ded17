"""SMTP: the port of a mail server, for mail exchange (25) and submission (587)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol
from pinsmith.probe.starttls._reply import CLIENT, expect

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk


def _dialogue(talk: Talk) -> Dialogue[None]:
    # STARTTLS is tried without looking for it in the answer to EHLO: some relays hide it, and a refusal says more.
    yield from expect(talk, frozenset({b"220"}), doing="the connection")
    talk.say(b"EHLO " + CLIENT + b"\r\n")
    yield from expect(talk, frozenset({b"250"}), doing="EHLO")
    talk.say(b"STARTTLS\r\n")
    yield from expect(talk, frozenset({b"220"}), doing="STARTTLS")


PROTOCOL: Final = Protocol(
    id="smtp", title="SMTP", port=25, spec="https://www.rfc-editor.org/rfc/rfc3207", dialogue=_dialogue
)
