"""A TLS 1.2 server that changes its certificate in the middle of a connection; the ssl module cannot play it."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, TypeVar

from OpenSSL import SSL

from pinsmith.lab.listener import Link, Listener

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.identity import Identity

T = TypeVar("T")
ANSWER, CHANGED = b"answer", b"changed"


class RenegotiatingServer(Listener):
    """
    Answer the first message, then renegotiate as somebody else, say so, and listen for the next.

    Attributes:
        received: The messages; the second comes under the other certificate.
    """

    def __init__(self, before: Identity, after: Identity) -> None:
        self.received: list[bytes] = []
        self._after = after
        self._context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._context.set_max_proto_version(SSL.TLS1_2_VERSION)
        self._context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        self._context.set_options(SSL.OP_NO_TICKET)
        self._context.use_certificate(before.certificate)
        self._context.use_privatekey(before.key)
        for issuer in (*before.issuers, *after.issuers):
            self._context.add_extra_chain_cert(issuer)
        super().__init__()

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        tls = SSL.Connection(self._context, accepted)
        tls.set_accept_state()
        accepted.settimeout(0)
        try:
            _wait(accepted, tls.do_handshake)
            self.received.append(_wait(accepted, tls.recv, 100))
            _wait(accepted, tls.send, ANSWER)
            self._renegotiate(accepted, tls)
            _wait(accepted, tls.send, CHANGED)
            self.received.append(_wait(accepted, tls.recv, 100))
        except (SSL.Error, OSError):
            return  # what the client sent stands in received

    def _renegotiate(self, accepted: socket.socket, tls: SSL.Connection) -> None:
        tls.use_certificate(self._after.certificate)
        tls.use_privatekey(self._after.key)
        tls.renegotiate()
        _wait(accepted, tls.do_handshake)
        while tls.renegotiate_pending():
            # The client answers from within its next read; nothing of the application can come before.
            try:
                tls.recv(0)
            except SSL.WantReadError:
                if tls.renegotiate_pending():
                    select.select([accepted], [], [], 10)


def _wait(sock: socket.socket, call: Callable[..., T], *args: object) -> T:
    while True:
        try:
            return call(*args)
        except SSL.WantReadError:
            select.select([sock], [], [], 10)
        except SSL.WantWriteError:
            select.select([], [sock], [], 10)
