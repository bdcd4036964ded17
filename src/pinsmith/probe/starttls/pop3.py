"""POP3: mailboxes, the older way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk


def _dialogue(talk: Talk) -> Dialogue[None]:
    greeting = yield from talk.line()
    if not greeting.startswith(b"+OK"):
        raise talk.failed("refused the client in its greeting", said=greeting)
    talk.say(b"STLS\r\n")
    answer = yield from talk.line()
    if not answer.startswith(b"+OK"):
        raise talk.failed("refused STLS", said=answer)


PROTOCOL: Final = Protocol(
    id="pop3",
    title="POP3",
    port=110,
    spec="https://www.rfc-editor.org/rfc/rfc2595#section-4",
    dialogue=_dialogue,
)
