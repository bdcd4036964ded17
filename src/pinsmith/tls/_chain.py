"""
The one module that knows private parts of `ssl`.

Chains are public from Python 3.13 on (`ssl.SSLSocket.get_verified_chain`); 3.11 and 3.12 have them on the private object
inside. The hooks through which every connection of a context is created (`_wrap_socket`, `_wrap_bio`) are private everywhere;
they are the only place where the settings a connection is *created* with can be seen.

Source: CPython ``Lib/ssl.py`` and ``Modules/_ssl.c``, 3.11 to 3.15; python/cpython#109113
"""

from __future__ import annotations

import ssl
import sys
from typing import TYPE_CHECKING, Any

from pinsmith.errors import UnsafeContextError

if TYPE_CHECKING:
    from collections.abc import Callable

TLS = ssl.SSLSocket | ssl.SSLObject


if sys.version_info >= (3, 13):

    def verified_ders(tls: TLS) -> list[bytes] | None:
        """
        Return the chain OpenSSL built, DER, leaf first, trust anchor last; None if there is none.

        It is verified only if the connection was *created* with ``CERT_REQUIRED``: with ``CERT_NONE`` OpenSSL builds one
        from names alone. There is none after a resumed handshake.
        """
        return tls.get_verified_chain() or None

    def presented_ders(tls: TLS) -> list[bytes]:
        """Return what the server sent, DER, leaf first; verified by nobody. Empty if there is nothing."""
        return tls.get_unverified_chain()

else:

    def verified_ders(tls: TLS) -> list[bytes] | None:
        """
        Return the chain OpenSSL built, DER, leaf first, trust anchor last; None if there is none.

        It is verified only if the connection was *created* with ``CERT_REQUIRED``: with ``CERT_NONE`` OpenSSL builds one
        from names alone. There is none after a resumed handshake.
        """
        return _ders(_inner(tls).get_verified_chain()) or None

    def presented_ders(tls: TLS) -> list[bytes]:
        """Return what the server sent, DER, leaf first; verified by nobody. Empty if there is nothing."""
        return _ders(_inner(tls).get_unverified_chain())

    def _inner(tls: TLS) -> Any:
        return tls._sslobj  # type: ignore[union-attr]

    def _ders(certificates: list[Any] | None) -> list[bytes]:
        return [certificate.public_bytes(_DER) for certificate in certificates or ()]

    _DER = ssl._ssl.ENCODING_DER  # type: ignore[attr-defined]


def is_resumed(tls: TLS) -> bool:
    """Say whether the finished handshake resumed a session."""
    return bool(tls.session_reused)


def negotiated(tls: TLS) -> bool:
    """Say whether the handshake has finished; also True for a socket that speaks no TLS any more."""
    inner = tls._sslobj  # type: ignore[union-attr]
    return inner is None or inner.version() is not None


def verifies(context: ssl.SSLContext) -> bool:
    """
    Say whether *context* demands a verified chain, whatever a subclass's property answers.

    Read past `ssl.SSLContext.verify_mode`, which anybody may override.
    """
    return bool(_C_CONTEXT.verify_mode.__get__(context) == ssl.CERT_REQUIRED)


def checks_host_name(context: ssl.SSLContext) -> bool:
    """Say whether *context* compares host names, whatever a subclass's property answers."""
    return bool(_C_CONTEXT.check_hostname.__get__(context))


def set_check_host_name(context: ssl.SSLContext, value: bool) -> None:  # noqa: FBT001 - a setter
    """Set what `checks_host_name` reads."""
    _C_CONTEXT.check_hostname.__set__(context, value)


_C_CONTEXT: Any = ssl.SSLContext.__mro__[1]


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

    def _wrap_socket(self, *args: Any, **kwargs: Any) -> Any:
        return self._create(super()._wrap_socket, args, kwargs)  # type: ignore[misc]

    def _wrap_bio(self, *args: Any, **kwargs: Any) -> Any:
        return self._create(super()._wrap_bio, args, kwargs)  # type: ignore[misc]

    def _create(self, create: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if "owner" not in kwargs:
            raise UnsafeContextError(
                "another library creates TLS connections in place of ssl, so pins cannot be enforced",
                hint="gevent and eventlet do this: use another way to make connections, see docs/clients",
            )
        session = kwargs.pop("session", None)
        # socket or BIOs, server_side, server_hostname: by position from sockets, by name from SSLObject.
        server_hostname = kwargs.get("server_hostname", args[2] if len(args) > 2 else None)
        owner = kwargs["owner"]
        kwargs["session"] = self._before_creation(owner, server_hostname, session)
        inner = create(*args, **kwargs)
        self._after_creation(owner)
        return inner
