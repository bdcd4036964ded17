"""
The decision about one finished handshake. The pinned context and `inject` share it.

Every rule closes a way around the pins:

* The verified chain counts only if the connection was created with ``CERT_REQUIRED``: under ``CERT_NONE`` OpenSSL
  builds a chain without verifying it, and changing the context afterwards does not verify it.
* A resumed handshake has no chain; only a session bound to this host and this policy is accepted in its place.
* No chain at all (anonymous or pre-shared-key suites) is a mismatch.
* Where OpenSSL did not check the host name, an authority's key counts only if the leaf names the host: any customer of
  a pinned authority has a chain to it. The leaf's own key counts even without this check.
* A connection that was made without verification passes only on a match, never because no pins are in force.
"""

from __future__ import annotations

import functools
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pinsmith.certificate import Chain
from pinsmith.errors import (
    CompromisedChainError,
    NoServerNameError,
    PinMismatchError,
)
from pinsmith.tls._chain import TLS, presented_ders, verified_ders
from pinsmith.tls._known_match import KnownMatches
from pinsmith.tls._preload import preload
from pinsmith.verdict import Matched, Mismatched, NotPinned, decide_entry, is_in_force, require

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from pinsmith.policy import HostPins, Policy
    from pinsmith.tls._connection_record import ConnectionRecord
    from pinsmith.tls.event import Reporter
    from pinsmith.verdict import Verdict


class PinningDisabledWarning(UserWarning):
    """Pins are not enforced because the environment says so and the application allows it."""


class Enforcer:
    """
    Holds the policy in force and decides about handshakes.

    Args:
        policy: May be replaced at any time.
        reporter: Reports mismatches.
        clock: Returns the time, aware.
        disabled_by: Name of the environment variable that switched enforcement off, or None.
        allow_unnamed: Whether connections that name no server may pass, unless the policy requires pins.
    """

    def __init__(
        self,
        policy: Policy,
        reporter: Reporter,
        clock: Callable[[], datetime] | None = None,
        *,
        disabled_by: str | None = None,
        allow_unnamed: bool = False,
    ) -> None:
        self.reporter = reporter
        self.policy = policy
        self.clock = clock or functools.partial(datetime.now, UTC)
        self.disabled_by = disabled_by
        self.allow_unnamed = allow_unnamed
        self._matches = KnownMatches()
        preload()

    def enforce(self, tls: TLS, record: ConnectionRecord) -> None:
        """
        Raise unless the finished handshake of *tls* satisfies the policy.

        Raises:
            EnforcementError: if it does not.
        """
        policy = self.policy
        if self.disabled_by is not None:
            _say_disabled(self.disabled_by, record.host)
            return
        host = record.host
        if host is None:
            self._require_unnamed_allowed(tls, record, policy)
            return
        entry = policy.find(host)
        if entry is None and not (policy.refuse_compromised or policy.require_pins or record.pins_only):
            record.policy = policy
            return
        now = self.clock()
        verdict, chain = self._judged(tls, record, entry, policy, now)
        if isinstance(verdict, Matched):
            verdict = self._name_checked(verdict, record, chain)
        if isinstance(verdict, Mismatched):
            verified = chain if record.verifies else None
            presented = Chain.of_der(presented_ders(tls))
            self.reporter.tell(
                verdict, policy=policy, time=now, port=_port(tls), presented=presented, verified=verified
            )
        if record.pins_only and not isinstance(verdict, Matched):
            # The policy changed or the pins expired since the connection was created without verification.
            raise (
                verdict.error()
                if isinstance(verdict, Mismatched)
                else PinMismatchError(
                    host,
                    None,
                    (),
                    why='has no verified chain, and its pins (trust = "pins-only") are no longer in force',
                    hint="connect again",
                )
            )
        if record.was_found and isinstance(verdict, Mismatched) and verdict.enforced and not chain:
            raise _found(verdict)
        if isinstance(verdict, NotPinned):
            _require_chain(record, policy, chain)
        require(policy, verdict)
        record.policy, record.chain = policy, chain

    def _require_unnamed_allowed(self, tls: TLS, record: ConnectionRecord, policy: Policy) -> None:
        if not policy.hosts and not policy.require_pins and not policy.refuse_compromised:
            return
        port = _port(tls)
        if record.bad_name is not None:
            raise NoServerNameError(
                f"{record.bad_name!r} is not a host name, so no pins can be looked up",
                hint="pass the name of the host as server_hostname=",
            )
        if not self.allow_unnamed or policy.require_pins:
            where = "" if port is None else f" to port {port}"
            raise NoServerNameError(
                f"a connection{where} names no server (server_hostname= is missing), so no pins can be looked up",
                hint="make the client pass server_hostname= (ldap3: Tls(sni=HOST); asyncio: also with ssl= on an open "
                "socket); pinsmith.inject(policy, allow_unnamed=True) lets such connections pass without pins, unless "
                "the policy requires pins",
            )
        now = self.clock()
        if policy.refuse_compromised:
            chain = self._chain(tls, record, None, policy, now)
            _require_chain(record, policy, chain)
            authority = policy.compromised_in(chain) if chain else None
            if authority is not None:
                raise CompromisedChainError("the server", chain, (), authority=authority)
        self.reporter.log_unnamed(time=now, port=port)

    def _judged(
        self, tls: TLS, record: ConnectionRecord, entry: HostPins | None, policy: Policy, now: datetime
    ) -> tuple[Verdict, Chain | None]:
        """Decide, and return the chain too; the name is not compared yet."""
        host = record.host
        assert host is not None  # noqa: S101 - asked by the caller
        # OpenSSL has verified a chain in this handshake, and any key in it may match.
        is_verified = record.verifies and not tls.session_reused and entry is not None and entry.trust != "pins-only"
        if is_verified and is_in_force(entry, now) and (known := self._matches.find(policy, host, tls)):
            return known
        # Without an entry the chain is of interest only for the compromised keys in it.
        wanted = entry is not None or policy.refuse_compromised
        chain = self._chain(tls, record, entry, policy, now) if wanted else None
        verdict = decide_entry(policy, host, entry, chain, now=now)
        if is_verified and chain and isinstance(verdict, Matched):
            self._matches.remember(policy, verdict, chain, tls)
        if isinstance(verdict, Mismatched) and chain and not tls.session_reused:
            return self._completed(policy, verdict, chain, tls.context, now)
        return verdict, chain

    def _chain(
        self, tls: TLS, record: ConnectionRecord, entry: HostPins | None, policy: Policy, now: datetime
    ) -> Chain | None:
        if tls.session_reused:
            session = record.session
            if session is None:
                return None
            session.require(record.host, policy, now)
            return session.chain
        if not record.verifies:
            pins_only = entry is not None and entry.trust == "pins-only"
            return Chain.of_der(presented_ders(tls)[:1]) if pins_only else None
        ders = verified_ders(tls)
        return Chain.of_der(ders) if ders else None

    def _completed(
        self, policy: Policy, verdict: Mismatched, chain: Chain, context: ssl.SSLContext, now: datetime
    ) -> tuple[Matched | Mismatched, Chain]:
        """Decide again where OpenSSL ended the verified chain before a certificate that the entry wants."""
        host, entry = verdict.host, verdict.entry
        if entry is None or entry.trust == "pins-only" or verdict.reason == "compromised-authority":
            return verdict, chain
        from pinsmith.tls._completion import completed

        try:
            longer = completed(chain, host, entry, context)
        except ImportError:
            return verdict, chain  # in another interpreter (PEP 734), where cryptography cannot be loaded
        second = decide_entry(policy, host, entry, longer, now=now) if longer else verdict
        return (second, longer) if longer and isinstance(second, Matched) else (verdict, chain)

    def _name_checked(self, verdict: Matched, record: ConnectionRecord, chain: Chain | None) -> Matched | Mismatched:
        entry = verdict.entry
        pins_only = entry.trust == "pins-only"
        # A pinned leaf key with a verified chain is proof enough. A pinned authority is not, as it has many customers.
        needs_name = entry.check_host_name if pins_only else verdict.depth > 0
        leaf = chain.leaf if chain else None
        if not needs_name or record.checks_host_name or (leaf and leaf.covers(verdict.host, as_address=not pins_only)):
            return verdict
        return Mismatched(verdict.host, entry, chain, "wrong-host-name" if pins_only else "host-name-not-checked")


def wants_pins_only(enforcer: Enforcer, host: str) -> bool:
    """Say whether the connection to *host* must be created without verification, because only its pins count."""
    policy = enforcer.policy
    if not policy.has_pins_only or enforcer.disabled_by is not None:
        return False
    entry = policy.find(host)
    if entry is None or entry.trust != "pins-only":
        return False
    now = enforcer.clock()
    return not isinstance(decide_entry(policy, host, entry, None, now=now), NotPinned)


def _require_chain(record: ConnectionRecord, policy: Policy, chain: Chain | None) -> None:
    """Raise if the policy refuses compromised keys, but the client did not show the chain that it verified."""
    if policy.refuse_compromised and not chain and (record.verifies or record.was_found):
        raise keys_unknown(record.host)


def keys_unknown(host: str | None) -> PinMismatchError:
    """Return the error for a connection that the client verified without showing its chain (``refuse-compromised``)."""
    return PinMismatchError(
        host or "the server",
        None,
        (),
        why="has no verified chain, so its keys cannot be checked, and the policy refuses compromised keys",
        hint="connect again without session=, or use a PinnedSSLContext, whose sessions remember their chain",
    )


def _found(verdict: Mismatched) -> PinMismatchError:
    return PinMismatchError(
        verdict.host,
        None,
        verdict.keys,
        why="has no verified chain, because the connection was created before pinsmith.inject",
        hint="connect again; call pinsmith.inject before other threads connect",
    )


def no_server_name() -> NoServerNameError:
    """Return the error for a connection that names no server."""
    return NoServerNameError(
        "the connection names no server, so no pins can be looked up",
        hint="pass server_hostname= (asyncio: also with ssl= on an open socket)",
    )


def _port(tls: TLS) -> int | None:
    try:
        return int(tls.getpeername()[1])  # type: ignore[union-attr]
    except (AttributeError, OSError, IndexError, TypeError, ValueError):
        return None


def _say_disabled(variable: str, host: str | None) -> None:
    import logging

    logging.getLogger("pinsmith").warning("pins NOT enforced for %s: %s is set", host, variable)
    warnings.warn(f"pinsmith: pins are not enforced: {variable} is set", PinningDisabledWarning, stacklevel=2)
