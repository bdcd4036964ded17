"""PostgreSQL: one request, one letter."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

_SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)  # its length, and 1234 and 5679 in two halves


def _dialogue(talk: Talk) -> Dialogue[None]:
    talk.say(_SSL_REQUEST)
    answer = yield from talk.exactly(1)
    if answer == b"N":
        raise talk.failed("offers no TLS", said=answer)
    if answer != b"S":  # E: a very old server, or no PostgreSQL at all
        raise talk.failed("refused the request for TLS", said=answer + talk.unread)


PROTOCOL: Final = Protocol(
    id="postgres",
    title="PostgreSQL",
    port=5432,
    spec="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL",
    dialogue=_dialogue,
)
