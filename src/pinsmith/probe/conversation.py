"""One connection from its first byte to the chain: the change to TLS where there is one, then the handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors import HandshakeError
from pinsmith.probe import starttls
from pinsmith.probe.handshake import Shaken, handshake
from pinsmith.probe.proxy import tunnel

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator

    from pinsmith.probe.rustls import Acceptor
    from pinsmith.probe.target import Target


def converse(
    target: Target, context: ssl.SSLContext, acceptor: Acceptor | None = None
) -> Generator[bytes, bytes | None, Shaken]:
    """
    Talk to one service until its chain is known.

    A driver needs to know nothing else of TLS. It writes the bytes that the generator yields. After a `starttls.Flush`
    it asks for more at once, by sending None in. Otherwise it waits and sends in the bytes that came, or none at the
    end of the stream. If the connection breaks it throws in an `OSError`, and if the time is up a `TimeoutError`.

    Args:
        target: The service.

        context: For a handshake by OpenSSL.

        acceptor: For one by rustls, in place of *context*.

    Raises:
        FetchError: If the service cannot be read.
        NotAcceptedError: If there is an *acceptor*, and it did not accept.
        UntrustedError: See `handshake`.
    """
    if target.proxy is not None:
        yield from tunnel(target.proxy, target)
    if target.starttls is not None:
        yield from starttls.find(target.starttls).converse(target.host)
    if acceptor is not None:
        return (yield from acceptor.handshake(target.host))
    try:
        return (yield from handshake(context, target.host))
    except HandshakeError as error:
        if target.key_type is not None and error.alert in {"handshake_failure", "protocol_version"}:
            error.hint = f"the server may have no {target.key_type} certificate, or speak TLS 1.3 only"
        raise
