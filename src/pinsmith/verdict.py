"""
Whether a chain satisfies the pins of a host: three answers, never a bool.

* The most specific entry decides alone (see `Policy.find`).
* From its expiry day on, 00:00 UTC, an entry is no longer enforced; it does not give way to a parent.
* Any key of the *verified* chain may match, leaf to trust anchor. No verified chain, no match.
* With ``trust = "pins-only"`` only the leaf may match.
* With trust anchors, the verified chain must also end in one of them.
* A chain that contains a compromised key never matches, whatever else it contains (see `pinsmith.authorities`). Where
  no pins are in force it is a mismatch too if the policy says ``refuse-compromised``.

No socket, no file, no clock: the chain and the time are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Literal, TypeAlias

from pinsmith.certificate import Certificate
from pinsmith.errors import CompromisedChainError, HostNotPinnedError, PinMismatchError
from pinsmith.host import dialled_host

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.policy import HostPins, Key, Policy

NotPinnedReason = Literal["no-entry", "expired", "off"]
MismatchReason = Literal[
    "no-pinned-key",
    "no-verified-chain",
    "wrong-trust-anchor",
    "host-name-not-checked",
    "wrong-host-name",
    "compromised-authority",
]

_WHY: dict[MismatchReason, str] = {
    "no-pinned-key": "presented no pinned key",
    "no-verified-chain": "has no verified chain",
    "wrong-trust-anchor": "presented a pinned key under another trust anchor",
    "host-name-not-checked": "presented a pinned authority's key for another name, and the host name was not checked",
    "wrong-host-name": "presented a pinned key in a certificate for another name",
    "compromised-authority": "presented a chain with a compromised key",
}


@dataclass(frozen=True, slots=True)
class Matched:
    """The chain holds a pinned key: *key*, at *depth* (0 is the leaf)."""

    host: str
    entry: HostPins
    key: Key
    depth: int


@dataclass(frozen=True, slots=True)
class Mismatched:
    """
    The chain does not satisfy the policy.

    Attributes:
        entry: None only if no entry covers the host and the policy says ``refuse-compromised``.
        chain: What was judged, leaf first; None if there was none.
        reason: Kebab-case.
        authority: With the reason ``compromised-authority``: whose key is compromised.
        in_force: Whether the pins of *entry* are in force. If not, the policy says ``refuse-compromised``.
    """

    host: str
    entry: HostPins | None
    chain: Chain | None
    reason: MismatchReason
    authority: str | None = None
    in_force: bool = True

    @property
    def why(self) -> str:
        """The reason in words, to be read after the host."""
        return f"{_WHY[self.reason]} of {self.authority}" if self.authority else _WHY[self.reason]

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that would have been accepted."""
        return self.entry.keys if self.entry is not None and self.in_force else ()

    @property
    def enforced(self) -> bool:
        """Whether the connection is refused; with ``report-only`` and pins in force it may go on."""
        return self.entry is None or not self.in_force or self.entry.mode == "enforce"

    def error(self) -> PinMismatchError:
        """Return the error that refuses the connection."""
        if self.authority is not None:
            return CompromisedChainError(self.host, self.chain, self.keys, authority=self.authority)
        return PinMismatchError(self.host, self.chain, self.keys, why=self.why)


@dataclass(frozen=True, slots=True)
class NotPinned:
    """No pins are in force for the host; *entry* is None unless one exists that is expired or off."""

    host: str
    reason: NotPinnedReason
    entry: HostPins | None = None


Verdict: TypeAlias = Matched | Mismatched | NotPinned


def decide(policy: Policy, host: str, chain: Chain | None, *, now: datetime) -> Verdict:
    """
    Say whether *chain* satisfies the pins of *host*.

    Nothing is verified about trust or names; that must have happened before.

    Args:
        policy: The pins.

        host: In any spelling; made canonical here.

        chain:
            The *verified* chain, leaf first, trust anchor last. Not what the server sent: that may contain certificates
            nobody checked. For an entry with ``trust = "pins-only"``, the presented chain; only its leaf is looked at.

        now: Aware, any time zone; compared with expiry days in UTC.

    Returns:
        `NotPinned` if no entry covers *host*, the entry is off, or its pins have expired; `Mismatched` all the same if
        *chain* contains a compromised key and the policy says ``refuse-compromised``.

    Raises:
        ValueError: *now* is naive.
        HostError: *host* is not a host.

    Source:
        :rfc:`7469#section-2.6`, with the differences that the module names.
    """
    if now.utcoffset() is None:
        raise ValueError("now must be aware, such as datetime.now(UTC)")
    host = dialled_host(host)
    return decide_entry(policy, host, policy.find(host), chain, now=now)


def decide_entry(policy: Policy, host: str, entry: HostPins | None, chain: Chain | None, *, now: datetime) -> Verdict:
    """
    Do what `decide` does, for a caller that has canonical *host* and its *entry* at hand.

    Args:
        policy: The one that *entry* belongs to.
        host: Canonical.
        entry: What `Policy.find` returned for *host*.
        chain: As in `decide`.
        now: Aware.
    """
    reason = _not_in_force(entry, now)
    authority = policy.compromised_in(chain) if chain and (reason is None or policy.refuse_compromised) else None
    if authority is not None:
        return Mismatched(host, entry, chain, "compromised-authority", authority, in_force=reason is None)
    if entry is None or reason is not None:
        return NotPinned(host, reason or "no-entry", entry)
    return _match(host, entry, chain)


def _not_in_force(entry: HostPins | None, now: datetime) -> NotPinnedReason | None:
    if entry is None:
        return "no-entry"
    if entry.mode == "off":
        return "off"
    if entry.expires is not None and now.astimezone(UTC).date() >= entry.expires:
        return "expired"
    return None


def _match(host: str, entry: HostPins, chain: Chain | None) -> Matched | Mismatched:
    if not chain:
        return Mismatched(host, entry, None, "no-verified-chain")
    candidates = chain.certificates[:1] if entry.trust == "pins-only" else chain.certificates
    for depth, certificate in enumerate(candidates):
        key = entry.by_digest.get(certificate.pin.digest) if isinstance(certificate, Certificate) else None
        if key is not None:
            if entry.trust_anchors and not _ends_in(chain, entry):
                return Mismatched(host, entry, chain, "wrong-trust-anchor")
            return Matched(host, entry, key, depth)
    return Mismatched(host, entry, chain, "no-pinned-key")


def _ends_in(chain: Chain, entry: HostPins) -> bool:
    last = chain.certificates[-1]
    return isinstance(last, Certificate) and last.pin in {anchor.pin for anchor in entry.trust_anchors}


def require(policy: Policy, verdict: Verdict) -> None:
    """
    Raise unless the connection may go on.

    A mismatch in report-only mode may go on. An unpinned host may, unless the policy requires pins; an entry whose mode
    is ``off`` is an explicit exemption and may always.

    Raises:
        PinMismatchError: the verdict is a mismatch that is enforced.
        HostNotPinnedError: the host is not pinned and the policy requires pins.
    """
    if isinstance(verdict, Mismatched) and verdict.enforced:
        raise verdict.error()
    if isinstance(verdict, NotPinned) and policy.require_pins and verdict.reason != "off":
        why = "the pins have expired" if verdict.reason == "expired" else "no entry covers it"
        raise HostNotPinnedError(
            f"{verdict.host} is not pinned and the policy requires pins: {why}",
            host=verdict.host,
            hint=f'pin it with `pinsmith add {verdict.host}`, or exempt it with mode = "off"',
        )
