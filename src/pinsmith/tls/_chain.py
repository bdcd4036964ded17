"""
The one module that knows private parts of `ssl`.

Chains are public from Python 3.13 on (`ssl.SSLSocket.get_verified_chain`). In 3.11 and 3.12 only the private object
inside the socket has them. `_wrap_socket` and `_wrap_bio`, through which a context creates every connection, are
private in all versions. Only there can one see the settings with which a connection is *created*.

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
        Return the chain that OpenSSL built, as DER, leaf first, trust anchor last; None if it built no chain.

        The chain is verified only if the connection was *created* with ``CERT_REQUIRED``. With ``CERT_NONE``, OpenSSL
        builds it from names alone. After a resumed handshake there is no chain.
        """
        return tls.get_verified_chain() or None

    def presented_ders(tls: TLS) -> list[bytes]:
        """Return the unverified certificates that the server sent, as DER, leaf first; empty if it sent none."""
        return tls.get_unverified_chain()

else:

    def verified_ders(tls: TLS) -> list[bytes] | None:
        """
        Return the chain that OpenSSL built, as DER, leaf first, trust anchor last; None if it built no chain.

        The chain is verified only if the connection was *created* with ``CERT_REQUIRED``. With ``CERT_NONE``, OpenSSL
        builds it from names alone. After a resumed handshake there is no chain.
        """
        chain = tls._sslobj.get_verified_chain()  # type: ignore[union-attr]
        return [certificate.public_bytes(_DER) for certificate in chain] if chain else None

    def presented_ders(tls: TLS) -> list[bytes]:
        """Return the unverified certificates that the server sent, as DER, leaf first; empty if it sent none."""
        chain = tls._sslobj.get_unverified_chain()  # type: ignore[union-attr]
        return [certificate.public_bytes(_DER) for certificate in chain or ()]

    _DER = ssl._ssl.ENCODING_DER  # type: ignore[attr-defined]


def verified_objects(tls: TLS) -> list[Any] | None:
    """
    Return the chain of `verified_ders` as OpenSSL's objects; None if it cannot be compared by them.

    Two of these objects are equal only if the whole signed parts of both certificates are: `X509_cmp` compares a hash,
    and then these bytes. Its relatives in BoringSSL and LibreSSL compare a hash alone, so only OpenSSL's are returned.

    Source: CPython ``Modules/_ssl/cert.c``, `certificate_richcompare`; OpenSSL ``crypto/x509/x509_cmp.c``, `X509_cmp`
    """
    show = getattr(getattr(tls, "_sslobj", None), "get_verified_chain", None) if _COMPARES_SIGNED_PART else None
    return show() or None if show else None


def negotiated(tls: TLS) -> bool:
    """Say whether the handshake has finished; also True for a socket that speaks no TLS any more."""
    inner = tls._sslobj  # type: ignore[union-attr]
    return inner is None or inner.version() is not None


def checks(context: ssl.SSLContext) -> tuple[bool, bool]:
    """
    Say whether *context* demands a verified chain, and whether it compares host names.

    The settings are not read through the properties of `ssl.SSLContext`, because a subclass may override them.
    """
    return _verify_mode(context) == _CERT_REQUIRED, _check_hostname(context)


def set_check_host_name(context: ssl.SSLContext, value: bool) -> None:  # noqa: FBT001 - a setter
    """Switch the comparison of host names on or off, without the property that a subclass may override."""
    _C_CONTEXT.check_hostname.__set__(context, value)


def forbid_renegotiation(context: ssl.SSLContext) -> None:
    """
    Switch off TLS 1.2 renegotiation, which could change the certificate after the judgement.

    `ssl.SSLContext.options` is not used, because it recurses without end once truststore has replaced the class.
    """
    options = _C_CONTEXT.options.__get__(context)
    if not options & _NO_RENEGOTIATION:
        _C_CONTEXT.options.__set__(context, options | _NO_RENEGOTIATION)


def require_own_ssl() -> None:
    """
    Raise if somebody replaced the classes of `ssl`, before pinsmith was imported or since.

    Raises:
        UnsafeContextError: if a class was replaced; connections would not be guarded, or would not work at all.
    """
    if ssl.SSLContext is not _SSL_CONTEXT or _SSL_CONTEXT.__module__ != "ssl":
        replaced = ssl.SSLContext
        raise UnsafeContextError(
            f"ssl.SSLContext is {replaced.__module__}.{replaced.__qualname__}, not Python's own, and cannot be pinned",
            hint="gevent, eventlet and truststore.inject_into_ssl replace it: see docs/clients",
        )


_COMPARES_SIGNED_PART = ssl.OPENSSL_VERSION.startswith("OpenSSL ")
_SSL_CONTEXT: Any = ssl.SSLContext
_C_CONTEXT: Any = ssl.SSLContext.__mro__[1]
_NO_RENEGOTIATION = int(ssl.OP_NO_RENEGOTIATION)
_CERT_REQUIRED = int(ssl.CERT_REQUIRED)
_verify_mode = _C_CONTEXT.verify_mode.__get__
_check_hostname = _C_CONTEXT.check_hostname.__get__


class RetrievingSSLObject(ssl.SSLObject):
    """
    A connection that only retrieves a chain, to show or check it, and carries no data of an application.

    `pinsmith.inject` leaves it alone, because `pinsmith.probe.fetch` must be able to show the chain of a rogue server.
    """


class CreationHooks(ssl.SSLContext):
    """
    A context that calls a hook before it creates a connection, and another hook afterwards.

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
