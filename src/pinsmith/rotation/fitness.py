"""
Keys of one's own that must not be pinned: others can compute or know them, or they are used already.

No socket, no file, no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.authorities import compromised, find
from pinsmith.certificate.weakness import weakness_of
from pinsmith.errors.custody import UnfitKeyError
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from pinsmith.policy import Policy
    from pinsmith.rotation.journal import Journal

ANOTHER: Final = "make another key: `pinsmith key new NAME`"


def require_fit(subject: str, spki: bytes, policy: Policy, journal: Journal | None = None) -> None:
    """
    Raise if a key of one's own must not be pinned.

    Args:
        subject: What the message calls the key.

        spki: DER SubjectPublicKeyInfo.

        policy: The pins so far.

        journal: That of the pin file, which may say that a key was compromised.

    Raises:
        UnfitKeyError: If others can compute or know its private key, or another key of *policy* is the same.
    """
    require_strong(subject, spki)
    pin = Pin.of_spki(spki)
    if authority := find(pin):
        raise UnfitKeyError(subject, f"is the key of the authority {authority.name}", hint=ANOTHER)
    for key in policy.keys:
        if key.pin == pin:
            hosts = [entry.host for entry in policy if key in entry.keys]
            used = f", which {', '.join(hosts[:3])} {'uses' if len(hosts) == 1 else 'use'}" if hosts else ""
            raise UnfitKeyError(
                subject,
                f"is the same key as {key.name}{used}",
                hint=f"make another key, because a thief of one copy would have both; or prove that you hold "
                f"{key.name}: `pinsmith key prove {key.name} FILE`",
            )
    for known in policy.compromised:
        if known.pin == pin:
            raise UnfitKeyError(subject, f"is listed as compromised, under [compromised.{known.name}]", hint=ANOTHER)
    for entry in journal.entries if journal else ():
        if entry.facts.get("emergency") == "key-compromised" and str(pin) in entry.facts.get("from", "").split():
            raise UnfitKeyError(subject, f"was replaced as compromised on {entry.time[:10]}", hint=ANOTHER)


def require_strong(subject: str, spki: bytes) -> None:
    """
    Raise if others can compute or know the private key of a key of one's own.

    Raises:
        UnfitKeyError: If they can.
    """
    reason = weakness_of(spki)
    if reason is None and (known := compromised(Pin.of_spki(spki))):
        reason = f"is the compromised key of {known}"
    if reason is not None:
        raise UnfitKeyError(subject, reason, hint=ANOTHER)
