"""
The family of protocols that start in the clear and change to TLS.

A new member is one file with a `Protocol`, one line here, and its script in the tests. Dialogues know no sockets:
they are generators that yield bytes to send and are sent the bytes that came.
"""

from __future__ import annotations

from typing import Final

from pinsmith._closest import closest
from pinsmith.errors import StartTLSError
from pinsmith.probe.starttls import (
    ftp,
    imap,
    irc,
    ldap,
    lmtp,
    mysql,
    nntp,
    pop3,
    postgres,
    rdp,
    sieve,
    smtp,
    xmpp,
    xmpp_server,
)
from pinsmith.probe.starttls._dialogue import Flush, Protocol

__all__ = ["PROTOCOLS", "Flush", "Protocol", "find"]

PROTOCOLS: Final[tuple[Protocol, ...]] = (
    smtp.PROTOCOL,
    lmtp.PROTOCOL,
    imap.PROTOCOL,
    pop3.PROTOCOL,
    sieve.PROTOCOL,
    ftp.PROTOCOL,
    nntp.PROTOCOL,
    ldap.PROTOCOL,
    xmpp.PROTOCOL,
    xmpp_server.PROTOCOL,
    postgres.PROTOCOL,
    mysql.PROTOCOL,
    irc.PROTOCOL,
    rdp.PROTOCOL,
)
_BY_ID: Final = {protocol.id: protocol for protocol in PROTOCOLS}


def find(protocol_id: str) -> Protocol:
    """
    Find a protocol by its id.

    Raises:
        StartTLSError: If there is none; the hint names the nearest id.
    """
    if (protocol := _BY_ID.get(protocol_id)) is not None:
        return protocol
    near = closest(protocol_id, _BY_ID)
    raise StartTLSError(
        f"pinsmith does not know the STARTTLS protocol {protocol_id!r}; it knows {', '.join(_BY_ID)}",
        protocol=protocol_id,
        hint=f"did you mean {near}?" if near else None,
    )
