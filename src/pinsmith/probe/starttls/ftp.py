"""FTP: the control connection of a file server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol
from pinsmith.probe.starttls._reply import expect

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk


def _dialogue(talk: Talk) -> Dialogue[None]:
    yield from expect(talk, frozenset({b"220"}), doing="the connection")
    talk.say(b"AUTH TLS\r\n")
    yield from expect(talk, frozenset({b"234"}), doing="AUTH TLS")


PROTOCOL: Final = Protocol(
    id="ftp", title="FTP", port=21, spec="https://www.rfc-editor.org/rfc/rfc4217", dialogue=_dialogue
)
