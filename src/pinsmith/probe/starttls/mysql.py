"""MySQL and MariaDB: the server greets, the client answers with a short form of its login."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

_ERROR: Final = 0xFF
_VERSION: Final = 10
_PROTOCOL_41: Final = 0x0200
_SSL: Final = 0x0800
_SECURE_CONNECTION: Final = 0x8000
_UTF8: Final = 33
_BEFORE_FLAGS: Final = 4 + 8 + 1  # thread id, first part of the scramble, filler


def _dialogue(talk: Talk) -> Dialogue[None]:
    header = yield from talk.exactly(4)
    greeting = yield from talk.exactly(int.from_bytes(header[:3], "little"))
    if greeting[:1] == bytes([_ERROR]):
        raise talk.failed("sent an error instead of a greeting", said=greeting[3:])
    at = greeting.find(b"\0") + 1 + _BEFORE_FLAGS
    if greeting[:1] != bytes([_VERSION]) or len(greeting) < at + 2:
        raise talk.failed("gave no valid greeting", said=header + greeting)
    if not int.from_bytes(greeting[at : at + 2], "little") & _SSL:
        raise talk.failed("offers no TLS", said=greeting[1 : greeting.find(b"\0")])
    flags = _PROTOCOL_41 | _SSL | _SECURE_CONNECTION
    request = struct.pack("<IIB23x", flags, 1 << 24, _UTF8)
    talk.say(len(request).to_bytes(3, "little") + bytes([(header[3] + 1) & 0xFF]) + request)


PROTOCOL: Final = Protocol(
    id="mysql",
    title="MySQL and MariaDB",
    port=3306,
    spec="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_ssl_request.html",
    dialogue=_dialogue,
)
