"""
Connections that move no byte before their handshake was judged, and the contexts that make them.

OpenSSL shakes hands by itself inside the first read or write. So every method that moves bytes first runs the
handshake, and with it the judgement. After a match the object changes its class to one without guards, so that later
calls cost nothing. Objects of a subclass keep their class and a cheap guard. A refused connection is shut down and
stays refused, whatever the caller does with the exception.
"""

from __future__ import annotations

import _socket
import errno
import os
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

from pinsmith.errors import UnsafeContextError
from pinsmith.host import dialled_host
from pinsmith.tls._chain import CreationHooks, checks
from pinsmith.tls._connection_record import ConnectionRecord
from pinsmith.tls.session import PinnedSession, refuse_session

if TYPE_CHECKING:
    from pinsmith.tls._enforcer import Enforcer

NO_RENEGOTIATION: Final = ssl.OP_NO_RENEGOTIATION

# By the C class, because the name socket.socket may be replaced, by eventlet for one.
_SHUT_DOWN: Any = _socket.socket.shutdown
_SOCKET_SESSION: Any = ssl.SSLSocket.session
_OBJECT_SESSION: Any = ssl.SSLObject.session
_OPTIONS: Any = vars(ssl.SSLContext)["options"]


class _Pinned:
    """
    The part that both kinds of connection share.

    `_pinsmith` is set by the context when the connection is created; a socket that is not connected yet has none.
    """

    _pinsmith: tuple[Enforcer, ConnectionRecord] | None = None

    def _pass_first(self) -> None:
        """Do nothing; a guarded method that was bound before the judgement, as by uvloop, finds this one afterwards."""

    def _bound_session(self, raw: ssl.SSLSession | None) -> PinnedSession | None:
        record = self._pinsmith[1] if self._pinsmith else None
        if raw is None or record is None or record.policy is None:
            return None
        return PinnedSession(raw, record.host, record.policy, record.chain)

    def _require_session(self, session: object) -> PinnedSession:
        enforcer, record = self._pinsmith or (None, None)
        if not isinstance(session, PinnedSession):
            raise refuse_session("does not come from a pinned connection", record.host if record else None)
        if enforcer is None or record is None:
            return session  # the context looks at it when the socket connects
        session.require(record.host, enforcer.policy, enforcer.clock())
        record.session = session
        return session


class PinnedSSLSocket(_Pinned, ssl.SSLSocket):
    """An `ssl.SSLSocket` whose peer presented a pinned key, or that still has to prove it."""

    @property  # type: ignore[override]
    def session(self) -> PinnedSession | None:
        """The TLS session, bound to its host and policy; None before the handshake."""
        return self._bound_session(_SOCKET_SESSION.fget(self))

    @session.setter
    def session(self, session: object) -> None:
        bound = self._require_session(session)
        _SOCKET_SESSION.fset(self, bound.raw if self._pinsmith else bound)

    def shutdown(self, how: int) -> None:
        """Shut down as `ssl.SSLSocket` does, except that after ``SHUT_RD`` nothing can be sent either."""
        super().shutdown(how)
        if self._pinsmith is not None and how == socket.SHUT_RD:
            end(self._pinsmith[1])
            if type(self) is PinnedSSLSocket:
                self.__class__ = GuardedSSLSocket


class PinnedSSLObject(_Pinned, ssl.SSLObject):
    """An `ssl.SSLObject` whose peer presented a pinned key, or that still has to prove it."""

    @property  # type: ignore[override]
    def session(self) -> PinnedSession | None:
        """The TLS session, bound to its host and policy; None before the handshake."""
        return self._bound_session(_OBJECT_SESSION.fget(self))

    @session.setter
    def session(self, session: object) -> None:
        _OBJECT_SESSION.fset(self, self._require_session(session).raw)


def stick(record: ConnectionRecord, error: ssl.SSLError) -> None:
    """
    Make a failed handshake final for the connection of *record*, unless it only waits for the other side.

    After a failed connect() there is no TLS object left, and ssl would send in the clear.
    """
    if not isinstance(error, (ssl.SSLWantReadError, ssl.SSLWantWriteError)):
        record.refuse(error)


def end(record: ConnectionRecord) -> None:
    """
    Let nothing pass any more after ``shutdown(SHUT_RD)``.

    With it ssl drops TLS, although the other direction is still open, and would send in the clear.
    """
    record.passed = False
    record.refuse(ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "TLS ended with shutdown(SHUT_RD), so nothing can be sent"))


def shut_down(tls: ssl.SSLSocket) -> None:
    """Shut down the TCP connection, even if somebody else also holds the socket, and close it."""
    with suppress(OSError):
        _SHUT_DOWN(tls, socket.SHUT_RDWR)
    with suppress(OSError):
        tls.close()


class _Guard:
    """Runs the handshake, and with it the judgement, before any byte moves."""

    _pinsmith: tuple[Enforcer, ConnectionRecord] | None

    def _pass_first(self) -> None:
        if self._pinsmith is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        if not self._pinsmith[1].passed:
            self.do_handshake()  # type: ignore[attr-defined]


class GuardedSSLSocket(_Guard, PinnedSSLSocket):
    """A `PinnedSSLSocket` before its judgement; calls name the base class because the class changes on success."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as in ssl
        if self._pinsmith is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        enforcer, record = self._pinsmith
        if record.refusal is not None:
            raise record.again()
        try:
            ssl.SSLSocket.do_handshake(self, block)
        except ssl.SSLError as error:
            stick(record, error)
            raise
        if record.passed:
            return
        try:
            enforcer.enforce(self, record)
        except BaseException as error:
            record.refuse(error)
            shut_down(self)
            raise
        record.passed = True
        if type(self) is GuardedSSLSocket:
            self.__class__ = PinnedSSLSocket  # type: ignore[assignment]

    def read(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.read(self, *args, **kwargs)

    def write(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.write(self, *args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.send(self, *args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.sendall(self, *args, **kwargs)

    def sendfile(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.sendfile(self, *args, **kwargs)

    def recv(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.recv(self, *args, **kwargs)

    def recv_into(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.recv_into(self, *args, **kwargs)

    def sendto(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.sendto(self, *args, **kwargs)

    def recvfrom(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.recvfrom(self, *args, **kwargs)

    def recvfrom_into(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLSocket.recvfrom_into(self, *args, **kwargs)

    def unwrap(self) -> Any:
        self._pass_first()
        return ssl.SSLSocket.unwrap(self)


class GuardedSSLObject(_Guard, PinnedSSLObject):
    """A `PinnedSSLObject` before its judgement."""

    def do_handshake(self) -> None:
        assert self._pinsmith is not None  # noqa: S101 - set when the object is made
        enforcer, record = self._pinsmith
        if record.refusal is not None:
            raise record.again()
        ssl.SSLObject.do_handshake(self)
        if record.passed:
            return
        try:
            enforcer.enforce(self, record)
        except BaseException as error:
            # The BIOs are the caller's; every way to move bytes through this object stays guarded.
            record.refuse(error)
            raise
        record.passed = True
        if type(self) is GuardedSSLObject:
            self.__class__ = PinnedSSLObject  # type: ignore[assignment]

    def read(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLObject.read(self, *args, **kwargs)

    def write(self, *args: Any, **kwargs: Any) -> Any:
        self._pass_first()
        return ssl.SSLObject.write(self, *args, **kwargs)

    def unwrap(self) -> Any:
        self._pass_first()
        return ssl.SSLObject.unwrap(self)


class EnforcingContext(CreationHooks):
    """The base of the pinned context and its inner one: every connection gets a record and a guarded class."""

    sslsocket_class = GuardedSSLSocket
    sslobject_class = GuardedSSLObject
    _enforcer: Enforcer
    _is_pins_only = False

    def _before_creation(self, owner: object, server_hostname: str | None, session: object) -> Any:
        if not isinstance(owner, (GuardedSSLSocket, GuardedSSLObject)):
            raise UnsafeContextError(
                f"the connection is a {type(owner).__module__}.{type(owner).__name__}, which pinsmith cannot guard",
                hint="sslsocket_class was set, or gevent or eventlet replaced ssl's classes: see docs/clients",
            )
        host = None if server_hostname is None else dialled_host(server_hostname)
        earlier = getattr(owner, "_pinsmith", None)
        if earlier is not None and earlier[1].refusal is not None:
            raise earlier[1].again()
        owner._pinsmith = (self._enforcer, ConnectionRecord(host, *checks(self), self._is_pins_only))
        return None if session is None else owner._require_session(session).raw

    def _after_creation(self, owner: Any) -> None:
        record: ConnectionRecord = owner._pinsmith[1]
        verifies, checks_host_name = checks(self)
        record.verifies &= verifies
        record.checks_host_name &= checks_host_name

    @property
    def options(self) -> ssl.Options:
        """OpenSSL's options. TLS 1.2 renegotiation stays off: it could change the certificate after the judgement."""
        return super().options

    @options.setter
    def options(self, value: int) -> None:
        _OPTIONS.__set__(self, value | NO_RENEGOTIATION)

    def set_psk_client_callback(self, *args: Any, **_kwargs: Any) -> None:
        """Refuse: with a pre-shared key there is no certificate and so no pin."""
        if args[:1] != (None,):
            raise UnsafeContextError(
                "with a pre-shared key there is no certificate to pin", hint="use a context of its own for such servers"
            )


class PinsOnlyContext(EnforcingContext):
    """The context of hosts with ``trust = "pins-only"``: only the pin of the leaf's key is verified."""

    _is_pins_only = True

    def __new__(cls, enforcer: Enforcer) -> Self:
        self = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        self._enforcer = enforcer
        self.check_hostname = False
        self.verify_mode = ssl.CERT_NONE
        self.options |= NO_RENEGOTIATION
        return self

    def __init__(self, enforcer: Enforcer) -> None:
        """Everything is done in ``__new__``, as in `ssl.SSLContext`."""
