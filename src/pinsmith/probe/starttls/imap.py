"""IMAP: mailboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

_TAG: Final = b"P1"


def _dialogue(talk: Talk) -> Dialogue[None]:
    greeting = yield from talk.line()
    words = greeting.upper().split(b" ", 2)
    if words[:2] == [b"*", b"PREAUTH"]:
        # STARTTLS is a command of the state before authentication only (RFC 9051, section 6.2.1).
        raise talk.failed("is already authenticated and cannot change to TLS", said=greeting)
    if words[:2] != [b"*", b"OK"]:
        raise talk.failed("refused the client in its greeting", said=greeting)
    talk.say(_TAG + b" STARTTLS\r\n")
    answer = b"*"
    while answer.startswith(b"*"):  # untagged lines may come at any time
        answer = yield from talk.line()
    if answer.upper().split(b" ", 2)[:2] != [_TAG, b"OK"]:
        raise talk.failed("refused STARTTLS", said=answer)


PROTOCOL: Final = Protocol(
    id="imap",
    title="IMAP",
    port=143,
    spec="https://www.rfc-editor.org/rfc/rfc9051#section-6.2.1",
    dialogue=_dialogue,
)
