"""A key of a pin file: what its pin means, and who depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from pinsmith.explaining.pin import explain_pin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pinsmith.explaining.pin import PinExplanation
    from pinsmith.pin import Pin
    from pinsmith.policy import Key, Policy
    from pinsmith.release import Release
    from pinsmith.rotation.journal import Journal
    from pinsmith.rotation.possession import Possession


@dataclass(frozen=True, slots=True)
class ReleasedPin:
    """
    A release that pins a key.

    Attributes:
        release: The release.
        hosts: The hosts for which it pins the key, in its order.
    """

    release: Release
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyExplanation:
    """
    A key of a pin file.

    Attributes:
        key: The key.
        pin: What is known of its pin.
        hosts: The hosts of the pin file that pin it, in its order.
        releases: The releases in use that pin it.
        proof: The newest proof that its private key exists; None if the journal has none.
    """

    key: Key
    pin: PinExplanation
    hosts: tuple[str, ...]
    releases: tuple[ReleasedPin, ...]
    proof: Possession | None


def explain_key(
    key: Key, policy: Policy, releases: Iterable[Release], journal: Journal, *, now: datetime
) -> KeyExplanation:
    """
    Collect what *key* means, without a connection.

    Args:
        key: A key of *policy*.

        policy: The pin file.

        releases: Releases of the pin file; those that have ended are left out.

        journal: The journal of the pin file.

        now: Aware.
    """
    return KeyExplanation(
        key=key,
        pin=explain_pin(key.pin, today=now.astimezone(UTC).date(), is_leaf=key.role == "leaf"),
        hosts=tuple(entry.host for entry in policy if key in entry.keys),
        releases=released_pins(key.pin, releases, now=now),
        proof=journal.last_proof(str(key.pin), now),
    )


def released_pins(pin: Pin, releases: Iterable[Release], *, now: datetime) -> tuple[ReleasedPin, ...]:
    """Return the releases in use at *now*, which is aware, that pin the key with *pin* for a host."""
    found = (
        ReleasedPin(release, tuple(entry.host for entry in release.hosts if pin in entry.pins.values()))
        for release in releases
        if release.is_alive(now)
    )
    return tuple(released for released in found if released.hosts)
