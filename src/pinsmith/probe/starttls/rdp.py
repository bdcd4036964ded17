"""RDP: remote desktops; TLS is chosen in the first two messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

# TPKT header; X.224 connection request; RDP_NEG_REQ for TLS (1) or CredSSP (2), which runs over TLS as well.
_REQUEST: Final = bytes.fromhex("03000013 0ee00000000000 0100080003000000")
_TPKT_VERSION: Final = 3
_CONFIRM: Final = 0xD0
_RESPONSE: Final = 2
_OVER_TLS: Final = frozenset({1, 2})


def _dialogue(talk: Talk) -> Dialogue[None]:
    talk.say(_REQUEST)
    header = yield from talk.exactly(4)
    if header[0] != _TPKT_VERSION:
        raise talk.failed("gave no valid answer to the connection request", said=header + talk.unread)
    body = yield from talk.exactly(max(int.from_bytes(header[2:]) - 4, 0))
    if len(body) < 7 or body[1] & 0xF0 != _CONFIRM:  # noqa: PLR2004 - the fixed part of a connection confirm
        raise talk.failed("gave no valid answer to the connection request", said=header + body)
    choice = body[7:]
    if len(choice) != 8 or choice[0] != _RESPONSE:  # noqa: PLR2004 - the size of RDP_NEG_RSP
        raise talk.failed("offers no TLS", said=header + body)
    if int.from_bytes(choice[4:], "little") not in _OVER_TLS:
        raise talk.failed("chose a security protocol without TLS", said=header + body)


PROTOCOL: Final = Protocol(
    id="rdp",
    title="RDP",
    port=3389,
    spec="https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rdpbcgr/b2975bdc-6d56-49ee-9c57-f2ff3a0b6817",
    dialogue=_dialogue,
)
