"""
The one module that knows private parts of `ssl`.

Chains are public from Python 3.13 on (`ssl.SSLSocket.get_verified_chain`); 3.11 and 3.12 have them on the private
object inside. The hooks through which every connection of a context is created (`_wrap_socket`, `_wrap_bio`) are
private everywhere; they are the only place where the settings a connection is *created* with can be seen.

Source: CPython ``Lib/ssl.py`` and ``Modules/_ssl.c``, 3.11 to 3.15; python/cpython#109113
"""

from __future__ import annotations

import ssl
import sys
from typing import Any

from pinsmith.errors import UnsafeContextError

TLS = ssl.SSLSocket | ssl.SSLObject


if sys.version_info >= (3, 13):

    def verified_ders(tls: TLS) -> list[bytes] | None:
        """
        Return the chain OpenSSL built, DER, leaf first, trust anchor last; None if there is none.

        It is verified only if the connection was *created* with ``CERT_REQUIRED``: with ``CERT_NONE`` OpenSSL builds
        one from names alone. There is none after a resumed handshake.
        """
        return tls.get_verified_chain() or None

    def presented_ders(tls: TLS) -> list[bytes]:
        """Return what the server sent, DER, leaf first; verified by nobody. Empty if there is nothing."""
        return tls.get_unverified_chain()

else:

    def verified_ders(tls: TLS) -> list[bytes] | None:
        """
        Return the chain OpenSSL built, DER, leaf first, trust anchor last; None if there is none.

        It is verified only if the connection was *created* with ``CERT_REQUIRED``: with ``CERT_NONE`` OpenSSL builds
        one from names alone. There is none after a resumed handshake.
        """
        chain = tls._sslobj.get_verified_chain()  # type: ignore[union-attr]
        return [certificate.public_bytes(_DER) for certificate in chain] if chain else None

    def presented_ders(tls: TLS) -> list[bytes]:
        """Return what the server sent, DER, leaf first; verified by nobody. Empty if there is nothing."""
        chain = tls._sslobj.get_unverified_chain()  # type: ignore[union-attr]
        return [certificate.public_bytes(_DER) for certificate in chain or ()]

    _DER = ssl._ssl.ENCODING_DER  # type: ignore[attr-defined]


def negotiated(tls: TLS) -> bool:
    """Say whether the handshake has finished; also True for a socket that speaks no TLS any more."""
    inner = tls._sslobj  # type: ignore[union-attr]
    return inner is None or inner.version() is not None


def checks(context: ssl.SSLContext) -> tuple[bool, bool]:
    """
    Say whether *context* demands a verified chain, and whether it compares host names.

    Read past the properties of `ssl.SSLContext`, which anybody may override.
    """
    return _verify_mode(context) == _CERT_REQUIRED, _check_hostname(context)


def set_check_host_name(context: ssl.SSLContext, value: bool) -> None:  # noqa: FBT001 - a setter
    """Set what `checks` reads."""
    _C_CONTEXT.check_hostname.__set__(context, value)


def forbid_renegotiation(context: ssl.SSLContext) -> None:
    """
    Switch TLS 1.2 renegotiation off: it could change the certificate after the judgement.

    Written past `ssl.SSLContext.options`, which recurses without end once truststore has replaced the class.
    """
    options = _C_CONTEXT.options.__get__(context)
    if not options & _NO_RENEGOTIATION:
        _C_CONTEXT.options.__set__(context, options | _NO_RENEGOTIATION)


def require_own_ssl() -> None:
    """
    Raise if somebody replaced the classes of `ssl`, before pinsmith was imported or since.

    Raises:
        UnsafeContextError: they did; connections would not be guarded, or not work at all.
    """
    if ssl.SSLContext is not _SSL_CONTEXT or _SSL_CONTEXT.__module__ != "ssl":
        replaced = ssl.SSLContext
        raise UnsafeContextError(
            f"ssl.SSLContext is {replaced.__module__}.{replaced.__qualname__}, not Python's own, and cannot be pinned",
            hint="gevent, eventlet and truststore.inject_into_ssl replace it: see docs/clients",
        )


_SSL_CONTEXT: Any = ssl.SSLContext
_C_CONTEXT: Any = ssl.SSLContext.__mro__[1]
_NO_RENEGOTIATION = int(ssl.OP_NO_RENEGOTIATION)
_CERT_REQUIRED = int(ssl.CERT_REQUIRED)
_verify_mode = _C_CONTEXT.verify_mode.__get__
_check_hostname = _C_CONTEXT.check_hostname.__get__


class RetrievingSSLObject(ssl.SSLObject):
    """
    A connection that retrieves a chain, to show or check it, and carries nothing of an application.

    `pinsmith.inject` leaves it alone: a rogue's chain is what `pinsmith.probe.fetch` is there to show.
    """


class CreationHooks(ssl.SSLContext):
    """
    A context that is asked before, and told after, each of its connections is created.

    Subclasses implement `_before_creation` and `_after_creation`.
    """

    def _before_creation(self, owner: object, server_hostname: str | None, session: object) -> Any:
        """Return the TLS session to offer; raise to refuse the connection."""
        raise NotImplementedError

    def _after_creation(self, owner: Any) -> None:
        """Look at the settings once more, now that the connection has copied them."""
        raise NotImplementedError

    # The parameters are those of _ssl._SSLContext; SSLSocket passes the first three by position, SSLObject the last
    # three by name.

    def _wrap_socket(
        self,
        sock: Any,
        server_side: bool,  # noqa: FBT001 - as in _ssl
        server_hostname: str | None = None,
        *,
        owner: Any = None,
        session: Any = None,
    ) -> Any:
        raw = self._before_creation(owner, server_hostname, session)
        inner = super()._wrap_socket(sock, server_side, server_hostname, owner=owner, session=raw)  # type: ignore[misc]
        self._after_creation(owner)
        return inner

    def _wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool,  # noqa: FBT001 - as in _ssl
        server_hostname: str | None = None,
        *,
        owner: Any = None,
        session: Any = None,
    ) -> Any:
        raw = self._before_creation(owner, server_hostname, session)
        inner = super()._wrap_bio(  # type: ignore[misc]
            incoming, outgoing, server_side=server_side, server_hostname=server_hostname, owner=owner, session=raw
        )
        self._after_creation(owner)
        return inner
