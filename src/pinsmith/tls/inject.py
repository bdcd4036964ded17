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
from pinsmith.tls._connection_record import ConnectionRecord
from pinsmith.tls._enforcer import Enforcer
from pinsmith.tls._guarded import PinnedSSLObject, PinnedSSLSocket, end, shut_down, stick
from pinsmith.tls._other_stack import choose_ssl, restore_choice
from pinsmith.tls._pyopenssl import watch
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


# These are judged elsewhere, or carry nothing that could leak.
_OWN: Final = (PinnedSSLSocket, PinnedSSLObject, RetrievingSSLObject)
_SSL_SOCKET: Final = ssl.SSLSocket  # eventlet may replace the name later
_PASSED: Final[dict[type, type]] = {ssl.SSLSocket: _PassedSSLSocket, ssl.SSLObject: _PassedSSLObject}
_lock: Final = threading.RLock()
_enforcer: Enforcer | None = None
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
            Whether connections that name no server (no ``server_hostname``) pass without pins and are logged.
            Otherwise they are refused, because they may be to any pinned host. No effect if the policy requires pins.

    Raises:
        InjectionError: if gevent, eventlet or truststore have replaced `ssl`'s classes, or niquests has chosen another
            TLS library.
    """
    global _enforcer  # noqa: PLW0603 - the process has one
    with _lock:
        for name in ("SSLContext", "SSLSocket", "SSLObject"):
            original = getattr(ssl, name)
            if original.__module__ != "ssl":
                raise InjectionError(
                    f"ssl.{name} is {original.__module__}.{original.__qualname__}, not Python's own",
                    hint="gevent and eventlet replace it, and so does truststore.inject_into_ssl: see docs/clients",
                )
        choose_ssl()
        _enforcer = Enforcer(policy, Reporter(on_mismatch), clock, allow_unnamed=allow_unnamed)
        if _patches:
            return
        follow(_injection_in_force)
        watch(lambda: _enforcer)
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
        InjectionError: if somebody patched `ssl` after pinsmith, so that restoring would undo their patch; pins stay
        enforced.
    """
    global _enforcer  # noqa: PLW0603
    with _lock:
        require_injected(if_any=True)
        for cls, name, before, _ in _patches:
            if before is _ABSENT:
                delattr(cls, name)
            else:
                setattr(cls, name, before)
        _patches.clear()
        _enforcer = None
        restore_choice()


def injected_policy() -> Policy | None:
    """Return the policy of the process, or None if there is no injection."""
    enforcer = _enforcer
    return None if enforcer is None else enforcer.policy


def _injection_in_force() -> Callable[[], None] | None:
    """Return the call of `inject` for a child. Callbacks and clocks stay behind, because some cannot be pickled."""
    enforcer = _enforcer
    return (
        None if enforcer is None else functools.partial(inject, enforcer.policy, allow_unnamed=enforcer.allow_unnamed)
    )


def replace_injected_policy(expected: Policy, policy: Policy) -> None:
    """
    Replace the policy of the process, if it still is *expected*, and keep its callback; handshakes from now on use it.

    Raises:
        InjectionError: if there is no injection any more, or another policy was injected; that one stays in force.
    """
    with _lock:
        if _enforcer is None or _enforcer.policy is not expected:
            raise InjectionError(
                "another caller replaced the policy of the process during the self-test, so it was not restored",
                hint="run the self-test while no other thread calls pinsmith.inject or pinsmith.extract",
            )
        _enforcer.policy = policy


def require_injected(*, if_any: bool = False) -> None:
    """
    Raise unless an injection is in place and nobody has patched over it.

    Args:
        if_any: Do not raise when there is no injection at all.

    Raises:
        InjectionError: if there is no injection, or gevent, eventlet or others have replaced what it patched.
    """
    if not _patches and not if_any:
        raise InjectionError(
            "pins are not enforced in this process, because no pinsmith.inject is in effect",
            hint="call pinsmith.inject(policy) first",
        )
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
        if isinstance(owner, _OWN) or server_side or _enforcer is None:
            return original(self, *args, **kwargs)
        if not isinstance(owner, (ssl.SSLSocket, ssl.SSLObject)):
            raise UnsafeContextError(
                f"the connection is a {type(owner).__module__}.{type(owner).__name__}, which pinsmith cannot guard",
                hint="gevent or eventlet replaced ssl's classes after pinsmith.inject: see docs/clients",
            )
        forbid_renegotiation(self)
        name = kwargs.get("server_hostname", args[2] if len(args) > 2 else None)  # noqa: PLR2004 - by position from sockets
        record = _record_of(name, *checks(self))
        earlier = vars(owner).get(_RECORD)
        if earlier is not None and earlier.refusal is not None:
            raise earlier.again()
        setattr(owner, _RECORD, record)
        inner = original(self, *args, **kwargs)
        verifies, checks_host_name = checks(self)
        record.verifies &= verifies
        record.checks_host_name &= checks_host_name
        return inner

    return create


def _handshake(original: Any) -> Any:
    def do_handshake(self: Any, *args: Any, **kwargs: Any) -> None:
        enforcer = _enforcer
        if isinstance(self, _OWN) or self.server_side or enforcer is None:
            original(self, *args, **kwargs)
            return
        record = vars(self).get(_RECORD)
        if record is None:
            if negotiated(self):  # as the injection found it
                original(self, *args, **kwargs)
                return
            # It was created before the injection with unknown settings, so nothing counts as verified.
            record = _record_of(self.server_hostname, verifies=False, checks_host_name=False)
            record.was_found = True
            setattr(self, _RECORD, record)
        if record.refusal is not None:
            raise record.again()
        try:
            original(self, *args, **kwargs)
        except ssl.SSLError as error:
            stick(record, error)
            raise
        if not record.passed:
            _settle(self, enforcer, record)

    return do_handshake


def _settle(tls: Any, enforcer: Enforcer, record: ConnectionRecord) -> None:
    try:
        enforcer.enforce(tls, record)
        record.passed = True
        # Subclasses, such as truststore's, keep their class and a cheap guard.
        tls.__class__ = _PASSED.get(type(tls), type(tls))
    except BaseException as error:
        record.refuse(error)
        if isinstance(tls, _SSL_SOCKET):
            shut_down(tls)
        raise


def _guard(original: Any) -> Any:
    def move(self: Any, *args: Any, **kwargs: Any) -> Any:
        record = vars(self).get(_RECORD)
        if record is not None:
            if not record.passed:
                self.do_handshake()
        elif not negotiated(self) and not isinstance(self, _OWN) and not self.server_side:
            self.do_handshake()
        return original(self, *args, **kwargs)

    return move


def _record_of(name: str | bytes | None, verifies: bool, checks_host_name: bool) -> ConnectionRecord:  # noqa: FBT001 - as in ConnectionRecord
    host = bad_name = None
    if name:
        try:
            host = dialled_host(name if isinstance(name, str) else name.decode("ascii"))
        except (HostError, UnicodeDecodeError):
            bad_name = str(name)
    record = ConnectionRecord(host, verifies, checks_host_name)
    record.bad_name = bad_name
    return record
