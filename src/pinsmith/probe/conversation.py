"""One connection from its first byte to the chain: the change to TLS where there is one, then the handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors import HandshakeError
from pinsmith.probe import starttls
from pinsmith.probe.handshake import Shaken, handshake

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator

    from pinsmith.probe.target import Target


def converse(target: Target, context: ssl.SSLContext) -> Generator[bytes, bytes | None, Shaken]:
    """
    Talk to one service until its chain is known.

    This is all a driver needs to know of TLS. It sends what the generator yields (after a `starttls.Flush` it asks for
    more at once, by sending None in), waits, and sends in what came: bytes, or nothing at the end of the stream. When
    the line breaks it throws in an `OSError`, when time is up a `TimeoutError`.

    Raises:
        FetchError: The service cannot be read.
        UntrustedError: See `handshake`.
    """
    if target.starttls is not None:
        yield from starttls.find(target.starttls).converse(target.host)
    try:
        return (yield from handshake(context, target.host))
    except HandshakeError as error:
        if target.key_type is not None and error.alert in {"handshake_failure", "protocol_version"}:
            error.hint = f"the server may have no {target.key_type} certificate, or speak TLS 1.3 only"
        raise
