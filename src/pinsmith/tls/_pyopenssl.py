"""
Pins of `pinsmith.inject` for the connections of pyOpenSSL, which are not made by `ssl`.

urllib3 uses them after ``urllib3.contrib.pyopenssl.inject_into_urllib3()``, pymongo where pyOpenSSL is installed, and
Twisted always. OpenSSL's verification callback judges, after it has called the program's own callback. After the
handshake, and before any byte moves, a connection whose chain the callback did not see (a resumed session, a suite
without certificates) is refused if its host is pinned. The host is the one that the program names for SNI.

The classes are patched once, when pyOpenSSL is imported, and stay patched: without an injection they behave as usual.

This module is separate from `inject`, because `inject` patches `ssl`, and the two share only the enforcer.

Source: pyOpenSSL's ``OpenSSL/SSL.py``
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from pinsmith.errors import HostError, NoServerNameError, UnsafeContextError
from pinsmith.host import dialled_host
from pinsmith.verdict import Mismatched, decide, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.tls._enforcer import Enforcer
    from pinsmith.tls._verifier import Verifier

    CurrentEnforcer = Callable[[], Enforcer | None]

_MODULE: Final = "OpenSSL.SSL"
_RECORD: Final = "_pinsmith_injected"
_CALLBACK: Final = "_pinsmith_callback"
_NEGOTIATED: Final = b"SSL negotiation finished successfully"  # OpenSSL's SSL_state_string_long(3)
_MOVES_BYTES: Final = ("send", "sendall", "write", "recv", "read", "recv_into")


def watch(current_enforcer: CurrentEnforcer) -> None:
    """Let the connections of pyOpenSSL, imported or not, ask the enforcer that *current_enforcer* returns, if any."""
    if _MODULE in sys.modules:
        _patch(sys.modules[_MODULE], current_enforcer)
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(current_enforcer))


class _Finder:
    """Patches pyOpenSSL when it is imported."""

    def __init__(self, current_enforcer: CurrentEnforcer) -> None:
        self._current_enforcer = current_enforcer

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        if name != _MODULE:
            return None
        from importlib.util import find_spec

        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                _patch(module, self._current_enforcer)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


class _Guarded:
    """
    The state of one connection.

    Attributes:
        is_client: Whether it is the client in the handshake.
        name: The host that the program named for SNI.
        prepared: Whether our callback is in place, or cannot be.
        keeps_callback: Whether the program's callback was set before the injection, so that ours is not called.
        verifies: Whether the program asks for a verified chain.
        saw_chain: Whether our callback was called for a certificate.
        verifier: Judges the chain; None before the callback was called.
        passed: Whether the connection was judged and may go on.
        refusal: The error because of which nothing may pass any more.
    """

    __slots__ = (
        *("is_client", "keeps_callback", "name", "passed", "prepared", "refusal", "saw_chain", "verifier"),
        "verifies",
    )

    def __init__(self) -> None:
        self.is_client = False
        self.name: bytes | None = None
        self.prepared = self.keeps_callback = self.verifies = self.saw_chain = False
        self.verifier: Verifier | None = None
        self.passed = False
        self.refusal: Exception | None = None


def _patch(module: Any, current_enforcer: CurrentEnforcer) -> None:
    connection = module.Connection
    if hasattr(connection.do_handshake, _RECORD):
        return
    shake = functools.partial(_shake, module, connection.do_handshake, connection.set_verify, current_enforcer)
    for cls in (module.Context, connection):
        _wrap(cls, "set_verify", _remember_callback)
    for name in ("connect", "connect_ex", "set_connect_state"):
        _wrap(connection, name, functools.partial(_remember, lambda guarded, *_: setattr(guarded, "is_client", True)))
    _wrap(
        connection,
        "set_accept_state",
        functools.partial(_remember, lambda guarded, *_: setattr(guarded, "is_client", False)),
    )
    _wrap(
        connection,
        "set_tlsext_host_name",
        functools.partial(_remember, lambda guarded, name: setattr(guarded, "name", bytes(name))),
    )
    for name in _MOVES_BYTES:
        _wrap(connection, name, functools.partial(_shake_first, shake))
    _wrap(connection, "do_handshake", lambda _original: shake)


def _wrap(cls: type, name: str, wrap: Callable[[Any], Any]) -> None:
    original = getattr(cls, name)
    made = wrap(original)

    def method(self: Any, *args: Any, **options: Any) -> Any:
        return made(self, *args, **options)

    ours: Any = functools.wraps(original)(method)
    setattr(ours, _RECORD, True)
    setattr(cls, name, ours)


def _remember(note: Callable[..., None], original: Any) -> Any:
    def method(self: Any, *args: Any, **options: Any) -> Any:
        guarded = vars(self).setdefault(_RECORD, _Guarded())
        note(guarded, *args, *options.values())
        return original(self, *args, **options)

    return method


def _remember_callback(original: Any) -> Any:
    def set_verify(self: Any, mode: int, callback: Any = None) -> None:
        guarded = vars(self).get(_RECORD)
        vars(self)[_CALLBACK] = callback
        if guarded is None or not guarded.prepared:
            original(self, mode, callback)

    return set_verify


def _shake_first(shake: Callable[[Any], None], original: Any) -> Any:
    def move(self: Any, *args: Any, **options: Any) -> Any:
        guarded = vars(self).get(_RECORD)
        if guarded is None or not guarded.passed:
            shake(self, moves_bytes=True)  # type: ignore[call-arg]
        return original(self, *args, **options)

    return move


def _shake(
    module: Any,
    original: Any,
    set_verify: Any,
    current_enforcer: CurrentEnforcer,
    connection: Any,
    *,
    moves_bytes: bool = False,
) -> None:
    """Shake hands and judge; where there is nothing to judge, only do what the program asked for."""
    enforcer = current_enforcer()
    guarded: _Guarded | None = vars(connection).get(_RECORD)
    is_ours = enforcer is not None and "_pinsmith" not in vars(connection) and (guarded is None or guarded.is_client)
    if is_ours and (guarded is None or not guarded.prepared) and connection.get_state_string() == _NEGOTIATED:
        is_ours = False  # as the injection found it
    if is_ours and guarded is None:
        raise UnsafeContextError(
            "this pyOpenSSL connection was made before pinsmith.inject, so its pins cannot be looked up",
            hint="call pinsmith.inject before connections are made",
        )
    if not is_ours or enforcer is None or guarded is None or guarded.passed:
        if not moves_bytes:
            original(connection)
        return
    if guarded.refusal is not None:
        raise guarded.refusal
    _prepare(module, set_verify, current_enforcer, connection, guarded)
    try:
        original(connection)
    except module.Error as error:
        if guarded.refusal is not None:
            raise guarded.refusal from error
        raise
    if guarded.verifier is None or not guarded.verifier.judged:
        _require_unpinned(enforcer, connection, guarded)
    guarded.passed = True


def _prepare(
    module: Any, set_verify: Any, current_enforcer: CurrentEnforcer, connection: Any, guarded: _Guarded
) -> None:
    """Replace the program's callback by ours, which calls the program's first."""
    if guarded.prepared:
        return
    guarded.prepared = True
    mode = connection.get_verify_mode()
    guarded.verifies = bool(mode & module.VERIFY_PEER)
    own, shared = vars(connection), vars(connection.get_context())
    if _CALLBACK in own or _CALLBACK in shared:
        callback = own.get(_CALLBACK, shared.get(_CALLBACK))
    elif own.get("_verify_helper") is None:
        callback = None
    else:
        guarded.keeps_callback = True  # it cannot be called beside ours, so pinned hosts are refused
        return

    def verify(self: Any, x509: Any, error: int, depth: int, ok: int) -> bool:
        from OpenSSL import crypto

        guarded.saw_chain = True
        # pyOpenSSL drops what a connection's own callback raises, so it is kept for _shake.
        try:
            allowed = bool(ok) if callback is None else bool(callback(self, x509, error, depth, ok))
            if not mode & module.VERIFY_PEER:
                allowed = True
            enforcer = current_enforcer()
            if enforcer is None or (guarded.verifier is None and not _is_judged(enforcer, self, guarded, ok=bool(ok))):
                return allowed
            assert guarded.verifier is not None  # noqa: S101 - _is_judged has made it
            der = crypto.dump_certificate(crypto.FILETYPE_ASN1, x509)
            return guarded.verifier(der, depth, ok=bool(ok)) and allowed
        except Exception as exception:  # noqa: BLE001 - whatever it is, the handshake ends here
            guarded.refusal = exception.with_traceback(None)
            return False

    set_verify(connection, mode | module.VERIFY_PEER, verify)


def _is_judged(enforcer: Enforcer, connection: Any, guarded: _Guarded, *, ok: bool) -> bool:
    """Say whether the chain matters, and make the verifier if it does."""
    from pinsmith.tls._verifier import Verifier

    host, policy = _host(connection, guarded), enforcer.policy
    if host is None:
        _require_unnamed_allowed(enforcer)
        return False
    if policy.find(host) is None and not policy.require_pins and not (policy.refuse_compromised and ok):
        return False
    guarded.verifier = Verifier(policy, host, enforcer.reporter, enforcer.clock, compares_every_name=False)
    return True


def _require_unpinned(enforcer: Enforcer, connection: Any, guarded: _Guarded) -> None:
    """Refuse a pinned host whose chain was not seen."""
    try:
        _enforce_without_chain(enforcer, _host(connection, guarded), guarded)
    except Exception as error:
        guarded.refusal = error.with_traceback(None)
        raise


def _enforce_without_chain(enforcer: Enforcer, host: str | None, guarded: _Guarded) -> None:
    from pinsmith.tls._enforcer import keys_unknown

    policy = enforcer.policy
    if host is None:
        _require_unnamed_allowed(enforcer)
        return
    now = enforcer.clock()
    verdict = decide(policy, host, None, now=now)
    if isinstance(verdict, Mismatched):
        from pinsmith.certificate import Chain

        enforcer.reporter.tell(verdict, policy=policy, time=now, port=None, presented=Chain(()), verified=None)
        if guarded.keeps_callback and verdict.enforced:
            raise UnsafeContextError(
                f"{host} cannot be pinned here: the verification callback of its context was set before "
                "pinsmith.inject",
                hint="call pinsmith.inject before pyOpenSSL's contexts are made",
            )
    require(policy, verdict)
    if policy.refuse_compromised and guarded.verifies and not guarded.saw_chain:
        raise keys_unknown(host)


def _require_unnamed_allowed(enforcer: Enforcer) -> None:
    policy = enforcer.policy
    if not policy.hosts and not policy.require_pins and not policy.refuse_compromised:
        return
    if not enforcer.allow_unnamed or policy.require_pins or policy.refuse_compromised:
        raise NoServerNameError(
            "a connection of pyOpenSSL names no server, so no pins can be looked up",
            hint="call set_tlsext_host_name; pinsmith.inject(policy, allow_unnamed=True) lets such connections pass "
            "without pins, unless the policy requires pins or refuses compromised authorities",
        )
    enforcer.reporter.log_unnamed(time=enforcer.clock(), port=None)


def _host(connection: Any, guarded: _Guarded) -> str | None:
    name = guarded.name or connection.get_servername()
    try:
        return dialled_host(name.decode("ascii")) if name else None
    except (HostError, UnicodeDecodeError):
        return None
