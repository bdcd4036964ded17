"""
Pins for every TLS connection that Python's `ssl` makes in this process, without touching the code that makes it.

The methods of `ssl.SSLSocket` and `ssl.SSLObject` are wrapped, not the context class replaced: contexts and clients
that exist already, cached ones and truststore's own are covered as well, and ``isinstance`` keeps its meaning.
"""

from __future__ import annotations

import functools
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Final

from pinsmith.errors import HostError, InjectionError, UnsafeContextError
from pinsmith.host import dialled_host
from pinsmith.tls._chain import RetrievingSSLObject, checks, forbid_renegotiation, negotiated
from pinsmith.tls._children import follow
from pinsmith.tls._connection import Connection
from pinsmith.tls._judge import Judge
from pinsmith.tls._pyopenssl import watch
from pinsmith.tls._socket import PinnedSSLObject, PinnedSSLSocket, end, shut_down, stick
from pinsmith.tls.event import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pinsmith.policy import Policy
    from pinsmith.tls.event import MismatchEvent

_RECORD: Final = "_pinsmith_injected"
_MOVES_BYTES: Final = {
    ssl.SSLSocket: (
        *("read", "recv", "recv_into", "recvfrom", "recvfrom_into"),
        *("write", "send", "sendall", "sendfile", "sendto", "unwrap"),
    ),
    ssl.SSLObject: ("read", "write", "unwrap"),
}


class _PassedSSLSocket(ssl.SSLSocket):
    """A plain `ssl.SSLSocket` after its judgement: its methods are Python's own again."""

    def shutdown(self, how: int) -> None:
        """Go back to a guarded socket where ssl would go on in the clear, see `end`."""
        super().shutdown(how)
        if how == socket.SHUT_RD:
            end(vars(self)[_RECORD])
            self.__class__ = _SSL_SOCKET  # type: ignore[assignment]


class _PassedSSLObject(ssl.SSLObject):
    """A plain `ssl.SSLObject` after its judgement."""


# Judged elsewhere, or carrying nothing that could leak.
_OWN: Final = (PinnedSSLSocket, PinnedSSLObject, RetrievingSSLObject)
_SSL_SOCKET: Final = ssl.SSLSocket  # eventlet may replace the name later
_PASSED: Final[dict[type, type]] = {ssl.SSLSocket: _PassedSSLSocket, ssl.SSLObject: _PassedSSLObject}
_lock: Final = threading.RLock()
_judge: Judge | None = None
_patches: list[tuple[type, str, Any, Any]] = []  # class, name, what stood there (or _ABSENT), ours
_ABSENT: Final = object()


def inject(
    policy: Policy,
    *,
    on_mismatch: Callable[[MismatchEvent], None] | None = None,
    clock: Callable[[], datetime] | None = None,
    allow_unnamed: bool = False,
) -> None:
    """
    Enforce *policy* on every client connection of this process that is made through `ssl` or pyOpenSSL.

    For applications, not for libraries: it changes what everybody else's connections do. A second call replaces the
    policy. Connections that exist already stay as they are. A `PinnedSSLContext` keeps its own policy.

    A pinned host must be reached with verification on: where a client asks for ``CERT_NONE`` (smtplib, imaplib and
    ftplib do without a context) the connection is refused, unless the host's entry says ``trust = "pins-only"``.

    Workers that `multiprocessing` and `concurrent.futures` start from now on enforce the same policy, by whichever
    start method, and so do interpreters (PEP 734). *on_mismatch* stays behind: a worker that is spawned only logs its
    mismatches. It keeps the policy it was started with.

    Not covered: other TLS stacks (pycurl, gRPC, libpq, QUIC), programs that are started in other ways (`subprocess`,
    loky, billiard) and modules that a forkserver preloads. Where gevent replaces ssl's classes *after* the call,
    connections fail with `UnsafeContextError`. A TLS session that a plain context resumes with a pinned host (FTP data
    connections do) is refused: use a `PinnedSSLContext` there. Connections that another thread is making at the moment
    of the call are refused for hosts with pins: nobody saw whether they verify.

    Args:
        policy: The pins.
        on_mismatch: As in `PinnedSSLContext`.
        clock: Returns the time, aware; for tests.
        allow_unnamed:
            Let connections pass without pins that name no server (no ``server_hostname``), and log them; they are
            refused otherwise, because they may be to any pinned host. No effect where the policy requires pins.

    Raises:
        InjectionError: gevent, eventlet or truststore have replaced `ssl`'s classes.
    """
    global _judge  # noqa: PLW0603 - the process has one
    with _lock:
        for name in ("SSLContext", "SSLSocket", "SSLObject"):
            original = getattr(ssl, name)
            if original.__module__ != "ssl":
                raise InjectionError(
                    f"ssl.{name} is {original.__module__}.{original.__qualname__}, not Python's own",
                    hint="gevent and eventlet replace it, and so does truststore.inject_into_ssl: see docs/clients",
                )
        _judge = Judge(policy, Reporter(on_mismatch), clock, allow_unnamed=allow_unnamed)
        if _patches:
            return
        follow(_injection_in_force)
        watch(lambda: _judge)
        for cls, names in _MOVES_BYTES.items():
            _patch(cls, "do_handshake", _handshake)
            for name in names:
                setattr(_PASSED[cls], name, getattr(cls, name))
                _patch(cls, name, _guard)
        for name in ("_wrap_socket", "_wrap_bio"):
            _patch(ssl.SSLContext, name, _creation)


def extract() -> None:
    """
    Undo `inject`. Without an injection it does nothing.

    Raises:
        InjectionError: somebody patched `ssl` after pinsmith, so that restoring would undo their patch; pins stay
        enforced.
    """
    global _judge  # noqa: PLW0603
    with _lock:
        require_injected(if_any=True)
        for cls, name, before, _ in _patches:
            if before is _ABSENT:
                delattr(cls, name)
            else:
                setattr(cls, name, before)
        _patches.clear()
        _judge = None


def injected_policy() -> Policy | None:
    """Return the policy of the process, or None if there is no injection."""
    judge = _judge
    return None if judge is None else judge.policy


def _injection_in_force() -> Callable[[], None] | None:
    """Return the call of `inject` for a child. Callbacks and clocks stay behind, because some cannot be pickled."""
    judge = _judge
    return None if judge is None else functools.partial(inject, judge.policy, allow_unnamed=judge.allow_unnamed)


def replace_injected_policy(expected: Policy, policy: Policy) -> None:
    """
    Replace the policy of the process, if it still is *expected*, and keep its callback; handshakes from now on use it.

    Raises:
        InjectionError: if there is no injection any more, or another policy was injected; that one stays in force.
    """
    with _lock:
        if _judge is None or _judge.policy is not expected:
            raise InjectionError(
                "the policy of the process was replaced by somebody else meanwhile, and stays as it is now",
                hint="run the self-test when nobody calls pinsmith.inject or pinsmith.extract",
            )
        _judge.replace(policy)


def require_injected(*, if_any: bool = False) -> None:
    """
    Raise unless an injection is in place and nobody has patched over it.

    Args:
        if_any: Say nothing when there is no injection at all.

    Raises:
        InjectionError: there is none, or gevent, eventlet or others have replaced what it patched.
    """
    if not _patches and not if_any:
        raise InjectionError("pins are not enforced for this process", hint="call pinsmith.inject(policy) first")
    for cls, name, _, ours in _patches:
        if vars(getattr(ssl, cls.__name__)).get(name) is not ours:
            raise InjectionError(
                f"ssl.{cls.__name__}.{name} was replaced after pinsmith.inject",
                hint="patch first (gevent, eventlet, instrumentation), then inject",
            )


def _patch(cls: type, name: str, wrap: Callable[[Any], Any]) -> None:
    ours = functools.wraps(getattr(cls, name))(wrap(getattr(cls, name)))
    _patches.append((cls, name, vars(cls).get(name, _ABSENT), ours))
    setattr(cls, name, ours)


def _creation(original: Any) -> Any:
    def create(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> Any:
        owner = kwargs.get("owner")
        server_side = kwargs.get("server_side", args[1] if len(args) > 1 else False)
        if isinstance(owner, _OWN) or server_side or _judge is None:
            return original(self, *args, **kwargs)
        if not isinstance(owner, (ssl.SSLSocket, ssl.SSLObject)):
            raise UnsafeContextError(
                f"a {type(owner).__module__}.{type(owner).__name__} asks for the connection, which cannot be guarded",
                hint="gevent or eventlet replaced ssl's classes after pinsmith.inject: see docs/clients",
            )
        forbid_renegotiation(self)
        name = kwargs.get("server_hostname", args[2] if len(args) > 2 else None)  # noqa: PLR2004 - by position from sockets
        connection = _connection(name, *checks(self))
        earlier = vars(owner).get(_RECORD)
        if earlier is not None and earlier.refusal is not None:
            raise earlier.again()
        setattr(owner, _RECORD, connection)
        inner = original(self, *args, **kwargs)
        verifies, checks_host_name = checks(self)
        connection.verifies &= verifies
        connection.checks_host_name &= checks_host_name
        return inner

    return create


def _handshake(original: Any) -> Any:
    def do_handshake(self: Any, *args: Any, **kwargs: Any) -> None:
        judge = _judge
        if isinstance(self, _OWN) or self.server_side or judge is None:
            original(self, *args, **kwargs)
            return
        connection = vars(self).get(_RECORD)
        if connection is None:
            if negotiated(self):  # as the injection found it
                original(self, *args, **kwargs)
                return
            # Created before the injection: how is not known, so nothing counts as verified.
            connection = _connection(self.server_hostname, verifies=False, checks_host_name=False)
            connection.was_found = True
            setattr(self, _RECORD, connection)
        if connection.refusal is not None:
            raise connection.again()
        try:
            original(self, *args, **kwargs)
        except ssl.SSLError as error:
            stick(connection, error)
            raise
        if not connection.passed:
            _settle(self, judge, connection)

    return do_handshake


def _settle(tls: Any, judge: Judge, connection: Connection) -> None:
    try:
        judge.judge(tls, connection)
        connection.passed = True
        # Subclasses (truststore's, for one) keep their class and a guard that asks one question.
        tls.__class__ = _PASSED.get(type(tls), type(tls))
    except BaseException as error:
        connection.refuse(error)
        if isinstance(tls, _SSL_SOCKET):
            shut_down(tls)
        raise


def _guard(original: Any) -> Any:
    def move(self: Any, *args: Any, **kwargs: Any) -> Any:
        connection = vars(self).get(_RECORD)
        if connection is not None:
            if not connection.passed:
                self.do_handshake()
        elif not negotiated(self) and not isinstance(self, _OWN) and not self.server_side:
            self.do_handshake()
        return original(self, *args, **kwargs)

    return move


def _connection(name: str | bytes | None, verifies: bool, checks_host_name: bool) -> Connection:  # noqa: FBT001 - as in Connection
    host = bad_name = None
    if name:
        try:
            host = dialled_host(name if isinstance(name, str) else name.decode("ascii"))
        except (HostError, UnicodeDecodeError):
            bad_name = str(name)
    connection = Connection(host, verifies, checks_host_name)
    connection.bad_name = bad_name
    return connection
