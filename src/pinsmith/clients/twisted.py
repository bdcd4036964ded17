"""
Twisted: an HTTPS policy for `twisted.web.client.Agent`, and options for every other TLS client of Twisted.

Twisted speaks TLS through pyOpenSSL. It makes its own connection as usual, and the helper replaces the verification
callback by one that compares host name and pins.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from pinsmith.clients._needs import needs
from pinsmith.tls._verifier import Verifier
from pinsmith.tls.event import Reporter

with needs("twisted[tls]"):
    from OpenSSL import SSL, crypto
    from twisted.internet import ssl
    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
    from twisted.python.failure import Failure
    from twisted.web.iweb import IPolicyForHTTPS
    from zope.interface import implementer  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pinsmith.policy import Policy
    from pinsmith.tls.event import MismatchEvent

__all__ = ["ClientOptions", "PolicyForHTTPS"]

_make_creator: Any = ssl.optionsForClientTLS  # not all of Twisted has types


@implementer(IOpenSSLClientConnectionCreator)
class ClientOptions:
    """
    The options that ``startTLS``, ``SSL4ClientEndpoint`` and ``wrapClientTLS`` take, with pins.

    Args:
        policy: The pins.

        hostname: The host: for SNI, the name in the certificate and the pins.

        trust_root: As in `twisted.internet.ssl.optionsForClientTLS`; the system's by default.

        on_mismatch, clock: As in `pinsmith.PinnedSSLContext`.

        options: As in `twisted.internet.ssl.optionsForClientTLS`.
    """

    def __init__(
        self,
        policy: Policy,
        hostname: str,
        *,
        trust_root: Any = None,
        on_mismatch: Callable[[MismatchEvent], None] | None = None,
        clock: Callable[[], datetime] | None = None,
        **options: Any,
    ) -> None:
        self._new_verifier = functools.partial(Verifier, policy, hostname, Reporter(on_mismatch), clock)
        self._creator = _make_creator(hostname, trust_root, **options)
        self._new_verifier()  # raises now, not at the first connection

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: N802, N803 - Twisted's names
        """Make the connection of one TLS protocol."""
        connection: SSL.Connection = self._creator.clientConnectionForTLS(tlsProtocol)
        verifier = self._new_verifier()  # asked again, should the server renegotiate
        connection._pinsmith = verifier  # type: ignore[attr-defined]  # an injected policy leaves it alone

        def verify(_connection: SSL.Connection, x509: crypto.X509, _error: int, depth: int, ok: int) -> bool:
            try:
                return verifier(crypto.dump_certificate(crypto.FILETYPE_ASN1, x509), depth, ok=bool(ok))
            except Exception as error:  # noqa: BLE001 - pyOpenSSL would drop it; the protocol tells the application
                tlsProtocol.failVerification(Failure(error))  # type: ignore[no-untyped-call]
                return False

        connection.set_verify(SSL.VERIFY_PEER, verify)
        return connection


@implementer(IPolicyForHTTPS)
class PolicyForHTTPS:
    """
    The ``contextFactory`` of a `twisted.web.client.Agent`, with pins.

    Args:
        policy: The pins.

        options: As in `ClientOptions`.
    """

    def __init__(self, policy: Policy, **options: Any) -> None:
        self._policy = policy
        self._options = options

    def creatorForNetloc(self, hostname: bytes, _port: int) -> ClientOptions:  # noqa: N802 - Twisted's name
        """Make the options for one host."""
        return ClientOptions(self._policy, hostname.decode("ascii"), **self._options)
