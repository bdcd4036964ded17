"""`PinnedSSLContext`: an `ssl.SSLContext` that enforces pins in every client that takes one."""

from __future__ import annotations

import functools
import os
import ssl
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from pinsmith.errors import UnsafeContextError
from pinsmith.host import dialled_host
from pinsmith.policy import Policy
from pinsmith.tls._chain import checks, require_own_ssl, set_check_host_name
from pinsmith.tls._enforcer import Enforcer, no_server_name, wants_pins_only
from pinsmith.tls._guarded import (
    NO_RENEGOTIATION,
    EnforcingContext,
    GuardedSSLObject,
    GuardedSSLSocket,
    PinnedSSLObject,
    PinnedSSLSocket,
    PinsOnlyContext,
)
from pinsmith.tls._other_stack import CHOOSE_SSL, other_stack
from pinsmith.tls.event import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pinsmith.tls.event import MismatchEvent
    from pinsmith.tls.session import PinnedSession


class PinnedSSLContext(EnforcingContext):
    """
    A client-side `ssl.SSLContext` that refuses servers without a pinned key.

    It works in every client that takes an SSLContext: the pins of the host named by ``server_hostname`` are looked up
    and the verified chain is judged at the end of the handshake, before one application byte is sent. Trust and host
    names are checked as by `ssl.create_default_context`; pins add to that.

    A wrong pin locks out every user of your program. Pin a backup key that no server uses yet, and know how to ship
    new pins.

    Not covered: TLS stacks other than `ssl` (gRPC, libpq, pycurl, QUIC). A client certificate is seen by a rogue server
    before the judgement in TLS 1.2, and with blocking sockets in TLS 1.3.

    Args:
        policy: The pins; replace it at run time by assigning `policy`.

        cafile, capath, cadata: These trust anchors instead of the system's, as in `ssl.create_default_context`.

        on_mismatch:
            Called once an hour for each distinct failure and at most 16 times an hour for one host, in the thread of
            the connection, also in report-only mode. Its exceptions are logged. The logger ``pinsmith`` gets the same.
            `pinsmith.reports.Sender` is a callback that sends reports.

        clock: Returns the time, aware; for tests.

        debug_switch:
            Name of an environment variable, such as ``PINSMITH_DISABLE``, that switches enforcement off when it is
            ``1`` at construction. Each connection then warns. None, the default: no variable has any effect.

    Raises:
        UnsafeContextError: the debug switch has another value than ``0``, ``1`` or nothing; or a setting is made
            later that would switch verification off.
        OSError: the trust anchors cannot be read.
    """

    _inner: PinsOnlyContext | None = None

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        """Make the OpenSSL context; the arguments are those of ``__init__``."""
        require_own_ssl()
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(
        self,
        policy: Policy,
        *,
        cafile: str | os.PathLike[str] | None = None,
        capath: str | os.PathLike[str] | None = None,
        cadata: str | bytes | None = None,
        on_mismatch: Callable[[MismatchEvent], None] | None = None,
        clock: Callable[[], datetime] | None = None,
        debug_switch: str | None = None,
    ) -> None:
        disabled_by = debug_switch if debug_switch and _is_switched_off(debug_switch) else None
        self._enforcer = Enforcer(_require_policy(policy), Reporter(on_mismatch), clock, disabled_by=disabled_by)
        self._inner = PinsOnlyContext(self._enforcer)
        self.options |= NO_RENEGOTIATION
        if sys.version_info >= (3, 13):  # as ssl.create_default_context
            self.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
        if cafile or capath or cadata:
            self._trust_directory = capath
            self.load_verify_locations(cafile, capath, cadata)
        else:
            self.load_default_certs(ssl.Purpose.SERVER_AUTH)
        keylog = os.environ.get("SSLKEYLOGFILE")
        if keylog and not sys.flags.ignore_environment:  # as ssl.create_default_context
            self.keylog_filename = keylog

    @property
    def policy(self) -> Policy:
        """
        The pins in force.

        Assigning replaces them for handshakes from now on; connections that exist stay as they are, sessions made
        before are refused.
        """
        return self._enforcer.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._enforcer.policy = _require_policy(policy)

    def require_intact(self) -> None:
        """
        Raise if anything switched enforcement off in this context.

        Raises:
            UnsafeContextError: if the debug switch did so at construction, or a setting was changed without the
                properties.
        """
        if self._enforcer.disabled_by is not None:
            raise UnsafeContextError(f"pins are not enforced: {self._enforcer.disabled_by} is set")
        changed = [
            name
            for name, intact in (
                ("verify_mode", checks(self)[0]),
                ("check_hostname", checks(self)[1]),
                ("options", bool(self.options & NO_RENEGOTIATION)),
                ("sslsocket_class", self.sslsocket_class is GuardedSSLSocket),
                ("sslobject_class", self.sslobject_class is GuardedSSLObject),
            )
            if not intact
        ]
        if changed:
            raise UnsafeContextError(
                f"{', '.join(changed)} of the context was changed, so its connections do not enforce pins",
                hint="build a new PinnedSSLContext",
            )

    @property  # type: ignore[override]
    def verify_mode(self) -> ssl.VerifyMode:
        """Always ``CERT_REQUIRED``; a write of anything else is refused."""
        return super().verify_mode

    @verify_mode.setter
    def verify_mode(self, value: ssl.VerifyMode) -> None:
        if value != ssl.CERT_REQUIRED:
            raise UnsafeContextError(
                "verify_mode of a pinned context stays CERT_REQUIRED, because pins match only a verified chain",
                hint='for a server that no authority vouches for, set trust = "pins-only" on its host',
            )

    @property
    def check_hostname(self) -> bool:
        """Always True; a write of anything else is refused."""
        return checks(self)[1]

    @check_hostname.setter
    def check_hostname(self, value: bool) -> None:
        if not value:
            raise UnsafeContextError(
                "check_hostname of a pinned context stays on, because otherwise every customer of a pinned authority "
                "could impersonate the host",
                hint='set trust = "pins-only" and check-host-name = false on the host, and pin its leaf key',
            )
        set_check_host_name(self, value=True)

    def wrap_socket(  # type: ignore[override]  # noqa: PLR0917 - as in ssl
        self,
        sock: Any,
        server_side: bool = False,  # noqa: FBT001, FBT002 - as in ssl
        do_handshake_on_connect: bool = True,  # noqa: FBT001, FBT002
        suppress_ragged_eofs: bool = True,  # noqa: FBT001, FBT002
        server_hostname: str | None = None,
        session: PinnedSession | None = None,
    ) -> PinnedSSLSocket:
        """
        Wrap *sock* as `ssl.SSLContext.wrap_socket` does.

        Raises:
            EnforcementError: if the server's keys are not pinned for *server_hostname*, or there is no such name.
        """
        context, name = self._for_host(server_hostname)
        wrap = ssl.SSLContext.wrap_socket
        result: Any = wrap(context, sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, name, session)  # type: ignore[arg-type]
        if not isinstance(result, PinnedSSLSocket):
            result.close()
            raise _foreign(result)
        return result

    def wrap_bio(  # type: ignore[override]
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - as in ssl
        server_hostname: str | None = None,
        session: PinnedSession | None = None,
    ) -> PinnedSSLObject:
        """
        Wrap two memory BIOs as `ssl.SSLContext.wrap_bio` does.

        Raises:
            EnforcementError: if *server_hostname* is missing. The handshake raises if the server's keys are not pinned.
        """
        context, name = self._for_host(server_hostname)
        result: Any = ssl.SSLContext.wrap_bio(context, incoming, outgoing, server_side, name, session)  # type: ignore[arg-type]
        if not isinstance(result, PinnedSSLObject):
            raise _foreign(result)
        return result

    def load_cert_chain(
        self,
        certfile: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        keyfile: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
        password: Callable[[], str | bytes | bytearray] | str | bytes | bytearray | None = None,
    ) -> None:
        """
        Load a client certificate as `ssl.SSLContext.load_cert_chain` does; a *password* callback is asked once.

        A rogue server sees the certificate before the judgement in TLS 1.2, and with blocking sockets in TLS 1.3.
        """
        if callable(password):
            password = functools.cache(password)  # two contexts load it, but the user types the password once
        super().load_cert_chain(certfile, keyfile, password)
        if self._inner is not None:
            self._inner.load_cert_chain(certfile, keyfile, password)

    @property
    def set_ech_configs(self) -> NoReturn:
        """
        Raise if urllib3.future is about to exchange this context for one of rtls or utls, which know no pins.

        It asks for this name first. If another library has not been chosen, the name is missing, as it is in `ssl`.

        Source: urllib3.future ``util/ssl_.py``, `convert_ssl_ctx_nonstdlib`
        """
        if chosen := other_stack():
            raise UnsafeContextError(
                f"niquests and urllib3.future exchange the pinned context for one of {chosen}, which checks no pins",
                hint=CHOOSE_SSL,
            )
        raise AttributeError("set_ech_configs")

    def _for_host(self, server_hostname: str | bytes | None) -> tuple[ssl.SSLContext, Any]:
        require_own_ssl()
        if not server_hostname:
            raise no_server_name()
        if isinstance(server_hostname, bytes):  # as ssl takes it
            server_hostname = server_hostname.decode("ascii")
        host = dialled_host(server_hostname)
        # Python would encode a Unicode name by IDNA 2003, which makes another host of "faß.de". It does not encode
        # bytes, and a canonical host needs no encoding.
        name = (server_hostname if server_hostname.isascii() else host).encode("ascii")
        if self._inner is not None and wants_pins_only(self._enforcer, host):
            return self._inner, name
        return self, name

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in _SHARED_ATTRIBUTES and self._inner is not None:
            setattr(self._inner, name, value)


_SHARED_ATTRIBUTES: Final = frozenset(
    {"options", "minimum_version", "maximum_version", "keylog_filename", "post_handshake_auth"}
)
# Not handed on: settings of trust, which the inner context does not use, of servers, and those that are refused.
_OWN_METHODS: Final = frozenset(
    {"set_default_verify_paths", "set_psk_client_callback", "set_psk_server_callback", "set_servername_callback"}
)


def _shared_methods() -> list[str]:
    """
    List every other setter of `ssl.SSLContext`, those of a future Python included.

    3.11 has ``set_alpn_protocols``, ``set_ciphers`` and ``set_ecdh_curve``; 3.15 adds ``set_groups``,
    ``set_ciphersuites``, ``set_client_sigalgs`` and ``set_server_sigalgs``.

    Source:
        python/cpython#136306, python/cpython#137197, python/cpython#138252
    """
    return [name for name in dir(ssl.SSLContext) if name.startswith("set_") and name not in _OWN_METHODS]


def _share(name: str) -> Callable[..., Any]:
    original = getattr(ssl.SSLContext, name)

    def method(self: PinnedSSLContext, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self._inner is not None:
            original(self._inner, *args, **kwargs)

    method.__name__, method.__doc__ = name, original.__doc__
    return method


for _name in _shared_methods():
    setattr(PinnedSSLContext, _name, _share(_name))


def _foreign(result: object) -> UnsafeContextError:
    return UnsafeContextError(
        f"ssl returned a {type(result).__module__}.{type(result).__name__} instead of a guarded connection",
        hint="eventlet replaces ssl's classes: pins cannot be enforced there, see docs/clients",
    )


def _require_policy(policy: object) -> Policy:
    if not isinstance(policy, Policy):
        raise TypeError(f"expected a Policy, got {type(policy).__name__}: pinsmith.load(path) makes one")
    return policy


def _is_switched_off(variable: str) -> bool:
    value = os.environ.get(variable, "")
    if value not in ("", "0", "1"):
        raise UnsafeContextError(f"{variable}={value!r}: expected 1 (pins are not enforced) or 0")
    return value == "1"
