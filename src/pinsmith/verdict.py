"""
Verdicts: whether a chain satisfies the pins of a host. There are three answers, never a bool.

* Only the most specific entry decides (see `Policy.find`).
* From 00:00 UTC of its expiry day, an entry is no longer enforced, and no parent replaces it.
* Any key of the *verified* chain may match, from leaf to trust anchor. Without a verified chain there is no match.
* With ``trust = "pins-only"``, only the leaf may match.
* With trust anchors, the verified chain must also end in one of them.
* A chain with a compromised key never matches, even if other keys in it are pinned (see `pinsmith.authorities`). If
  the policy has ``refuse-compromised``, such a chain is a mismatch even if no pins are in force.

This module uses no socket, file or clock: the chain and the time are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from pinsmith.certificate import Certificate
from pinsmith.errors import CompromisedChainError, HostNotPinnedError, PinMismatchError
from pinsmith.host import dialled_host
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key

if TYPE_CHECKING:
    from datetime import date, datetime

    from pinsmith.certificate import Chain
    from pinsmith.policy import Policy

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
    "no-verified-chain": "has no verified chain, so its pins cannot be checked",
    "wrong-trust-anchor": "presented a pinned key under another trust anchor",
    "host-name-not-checked": "presented a pinned authority's certificate for another name; the client checks no names",
    "wrong-host-name": "presented a pinned key in a certificate for another name",
    "compromised-authority": "presented a chain with a compromised key",
}

_HINTS: dict[MismatchReason, str] = {
    "no-verified-chain": "let the client verify certificates (no CERT_NONE or verify=False); connect without session=",
    "host-name-not-checked": "let the client check host names, or pin the leaf's key",
}
_EXPIRED: Final = Pin.of_spki(b"pinsmith: the signed policy has expired")
_HINT_EXPIRED: Final = (
    "let the program reach its update address, or install a newer release; if you operate it, sign and publish a "
    "policy (`pinsmith bundle sign`, `pinsmith bundle publish`)"
)


@dataclass(frozen=True, slots=True)
class Matched:
    """The chain contains a pinned key: *key*, at *depth* (0 is the leaf)."""

    host: str
    entry: HostPins
    key: Key
    depth: int


@dataclass(frozen=True, slots=True)
class Mismatched:
    """
    The chain does not satisfy the policy.

    Attributes:
        entry: The entry of the host. None only if no entry covers it and the policy has ``refuse-compromised``.
        chain: The chain, leaf first; None if there was none.
        reason: The reason, in kebab-case.
        authority: The owner of the compromised key, with the reason ``compromised-authority``.
        in_force: Whether the pins of *entry* are in force. If not, the policy has ``refuse-compromised``.
    """

    host: str
    entry: HostPins | None
    chain: Chain | None
    reason: MismatchReason
    authority: str | None = None
    in_force: bool = True

    @property
    def why(self) -> str:
        """The reason in words, for use after the name of the host."""
        if self._expired is not None:
            return f"is refused, because the signed policy {self._expired.name} and no newer one was found"
        return f"{_WHY[self.reason]} of {self.authority}" if self.authority else _WHY[self.reason]

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that would have been accepted."""
        return self.entry.keys if self.entry is not None and self.in_force else ()

    @property
    def enforced(self) -> bool:
        """Whether the connection is refused. It is not if pins are in force with ``report-only``."""
        if self.authority is not None and isinstance(self.entry, _SuspendedPins):
            return True
        return self.entry is None or not self.in_force or self.entry.mode == "enforce"

    def error(self) -> PinMismatchError:
        """Return the error that refuses the connection."""
        if self.authority is not None:
            return CompromisedChainError(self.host, self.chain, self.keys, authority=self.authority)
        hint = _HINTS.get(self.reason) if self._expired is None else _HINT_EXPIRED
        return PinMismatchError(self.host, self.chain, self.keys, why=self.why, hint=hint)

    @property
    def _expired(self) -> Key | None:
        return None if self.authority is not None or self.entry is None else self.entry.by_digest.get(_EXPIRED.digest)


@dataclass(frozen=True, slots=True)
class NotPinned:
    """No pins are in force for the host. *entry* is the entry that is expired or off, None if there is none."""

    host: str
    reason: NotPinnedReason
    entry: HostPins | None = None


Verdict: TypeAlias = Matched | Mismatched | NotPinned


class _SuspendedPins(HostPins):
    """An entry of `suspended_pins`."""


def suspended_pins(entry: HostPins) -> HostPins:
    """
    Return *entry* with ``report-only``, for as long as its pins are suspended.

    Unlike the entry of a host that is always ``report-only``, it refuses chains with a compromised key, because a
    stolen key may be the very reason of the suspension.
    """
    values = {one.name: getattr(entry, one.name) for one in fields(entry) if one.init}
    return _SuspendedPins(**values | {"mode": "report-only"})


def expired_key(day: date) -> Key:
    """
    Return a key that nobody has. It takes the place of all keys in a signed policy that has expired on *day*.

    A host with this key alone is refused, and the error says why.
    """
    return Key(f"expired on {day}", _EXPIRED)


def decide(policy: Policy, host: str, chain: Chain | None, *, now: datetime) -> Verdict:
    """
    Decide whether *chain* satisfies the pins of *host*.

    Trust and names are not verified here; that must have happened before.

    Args:
        policy: The pins.

        host: The host, in any spelling.

        chain:
            The *verified* chain, leaf first, trust anchor last. Do not pass the presented chain, which may contain
            certificates that were not verified. Only for an entry with ``trust = "pins-only"``, pass the presented
            chain, of which only the leaf is used.

        now: Aware, any time zone; compared with expiry days in UTC.

    Returns:
        `NotPinned` if no entry covers *host*, the entry is off, or its pins have expired. Even then it is `Mismatched`
        if *chain* contains a compromised key and the policy has ``refuse-compromised``.

    Raises:
        ValueError: If *now* is naive.
        HostError: If *host* is not a host name or IP address.

    Source:
        :rfc:`7469#section-2.6`, with the differences that the docstring of the module lists.
    """
    if now.utcoffset() is None:
        raise ValueError("now must be aware, such as datetime.now(UTC)")
    host = dialled_host(host)
    return decide_entry(policy, host, policy.find(host), chain, now=now)


def decide_entry(policy: Policy, host: str, entry: HostPins | None, chain: Chain | None, *, now: datetime) -> Verdict:
    """
    Decide as `decide` does, if the caller already has the canonical *host* and its *entry*.

    Args:
        policy: The policy that *entry* belongs to.
        host: The canonical host.
        entry: The result of `Policy.find` for *host*.
        chain: As in `decide`.
        now: The time, aware.
    """
    reason = _not_in_force(entry, now)
    authority = policy.compromised_in(chain) if chain and (reason is None or policy.refuse_compromised) else None
    if authority is not None:
        return Mismatched(host, entry, chain, "compromised-authority", authority, in_force=reason is None)
    if entry is None or reason is not None:
        return NotPinned(host, reason or "no-entry", entry)
    return _match(host, entry, chain)


def is_in_force(entry: HostPins | None, now: datetime) -> bool:
    """Return whether there are pins that count at the time *now*, which is aware; *entry* is that of the host."""
    return _not_in_force(entry, now) is None


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
    Raise an error if the connection must be refused.

    A mismatch in report-only mode is not refused. A host without pins is refused only if the policy requires pins. An
    entry whose mode is ``off`` is an explicit exemption, so its host is never refused for that.

    Raises:
        PinMismatchError: If the verdict is a mismatch that is enforced.
        HostNotPinnedError: If the host is not pinned and the policy requires pins.
    """
    if isinstance(verdict, Mismatched) and verdict.enforced:
        raise verdict.error()
    if isinstance(verdict, NotPinned) and policy.require_pins and verdict.reason != "off":
        why = "the pins have expired" if verdict.reason == "expired" else "no entry covers it"
        raise HostNotPinnedError(
            f"{verdict.host} is not pinned, but the policy requires pins: {why}",
            host=verdict.host,
            hint=f'pin it with `pinsmith add {verdict.host}`, or exempt it with mode = "off"',
        )
