"""IRC: chat servers that know the old ``tls`` extension; most listen on a port of TLS only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

_AGREED: Final = b"670"
_REFUSED: Final = frozenset({b"691", b"451", b"421", b"462", b"ERROR"})


def _dialogue(talk: Talk) -> Dialogue[None]:
    talk.say(b"STARTTLS\r\n")
    while True:
        line = yield from talk.line()
        words = line.split(b" ")
        command = words[1] if line.startswith(b":") and len(words) > 1 else words[0]
        if command == _AGREED:
            return
        if command in _REFUSED:
            raise talk.failed("refused STARTTLS", said=line)


PROTOCOL: Final = Protocol(
    id="irc",
    title="IRC",
    port=6667,
    spec="https://ircv3.net/specs/deprecated/tls",
    dialogue=_dialogue,
)
