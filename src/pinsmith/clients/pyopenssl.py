"""
pyOpenSSL: a context and a connection that refuse inside the handshake.

The context is not an `ssl.SSLContext`, and pyOpenSSL by itself compares neither pins nor host names. Because OpenSSL's
verification callback decides, a rogue server gets an alert and never sees a client certificate.

::

    context = Context(policy)
    connection = Connection(context, "api.example.com", socket.create_connection(("api.example.com", 443)))
    connection.do_handshake()
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, NoReturn

from pinsmith.clients._needs import needs
from pinsmith.errors import UnsafeContextError
from pinsmith.host import is_address
from pinsmith.tls._verifier import Verifier
from pinsmith.tls.event import Reporter

with needs("pyOpenSSL"):
    from OpenSSL import SSL, crypto

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from datetime import datetime

    from pinsmith.policy import Policy
    from pinsmith.tls.event import MismatchEvent

__all__ = ["Connection", "Context"]


class Context(SSL.Context):
    """
    A client context for `Connection`.

    Args:
        policy: The pins.

        cafile, capath: These trust anchors, PEM, instead of the system's.

        on_mismatch, clock: As in `pinsmith.PinnedSSLContext`.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        cafile: str | os.PathLike[str] | None = None,
        capath: str | os.PathLike[str] | None = None,
        on_mismatch: Callable[[MismatchEvent], None] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(SSL.TLS_CLIENT_METHOD)
        self.policy = policy
        self.clock = clock
        self.reporter = Reporter(on_mismatch)
        # For connections that are not ours: they name no host, so they are refused.
        super().set_verify(SSL.VERIFY_PEER, _refuse)
        self.set_min_proto_version(SSL.TLS1_2_VERSION)
        self.set_options(SSL.OP_NO_RENEGOTIATION)
        if cafile or capath:
            self.load_verify_locations(cafile and os.fspath(cafile), capath and os.fspath(capath))
        else:
            self.set_default_verify_paths()

    def set_verify(self, *_: object) -> NoReturn:
        """Refuse: the callback is what enforces the pins."""
        raise _kept("the verification callback")

    def set_cipher_list(self, cipher_list: bytes | str) -> None:
        """Set the TLS 1.2 suites; those without a certificate stay out."""
        wanted = cipher_list.encode("ascii") if isinstance(cipher_list, str) else cipher_list
        super().set_cipher_list(wanted + b":!aNULL:!PSK")


class Connection(SSL.Connection):
    """
    A client connection whose server must present a pinned key.

    Args:
        context: Made for pins.

        name: The host: for SNI, the name in the certificate and the pins.

        sock: Connected; None to move bytes by ``bio_read`` and ``bio_write``.

    Raises:
        PinMismatchError: if the handshake, also one inside a read or write, was refused. Other failures are
            `OpenSSL.SSL.Error`.
        UnsafeContextError: if the host's entry says ``trust = "pins-only"``.
    """

    def __init__(self, context: Context, name: str, sock: socket.socket | None = None) -> None:
        super().__init__(context, sock)
        self._pinsmith = verifier = Verifier(context.policy, name, context.reporter, context.clock)
        self._refusals = refusals = list[Exception]()
        super().set_verify(SSL.VERIFY_PEER, functools.partial(_verify, verifier, refusals))
        if not is_address(verifier.host):
            self.set_tlsext_host_name(verifier.host.encode("ascii"))
        self.set_connect_state()

    def set_verify(self, *_: object) -> NoReturn:
        """Refuse: the callback is what enforces the pins."""
        raise _kept("the verification callback")

    def set_context(self, *_: object) -> NoReturn:
        """Refuse: the context holds the pins."""
        raise _kept("the context")

    def set_session(self, *_: object) -> NoReturn:
        """Refuse: a resumed handshake has no certificates, and OpenSSL does not compare whose session it is."""
        raise _kept("the session")


def _verify(verifier: Verifier, refusals: list[Exception], *told: Any) -> bool:
    _, x509, _, depth, ok = told
    # pyOpenSSL drops what a connection's own callback raises, so it is kept for _explain.
    try:
        return verifier(crypto.dump_certificate(crypto.FILETYPE_ASN1, x509), depth, ok=bool(ok))
    except Exception as error:  # noqa: BLE001 - whatever it is, the handshake ends here
        refusals.append(error)
        return False


def _refuse(*_: object) -> bool:
    return False


def _explain(name: str) -> Callable[..., Any]:
    original = getattr(SSL.Connection, name)

    @functools.wraps(original)
    def method(self: Connection, *args: Any, **options: Any) -> Any:
        try:
            return original(self, *args, **options)
        except SSL.Error as error:
            if self._refusals:
                raise self._refusals[0] from error
            raise

    return method


for _name in ("do_handshake", "read", "recv", "recv_into", "send", "sendall", "write"):
    setattr(Connection, _name, _explain(_name))


def _kept(what: str) -> UnsafeContextError:
    return UnsafeContextError(
        f"{what} of a pinned pyOpenSSL connection cannot be replaced", hint="make a new connection"
    )
