"""A key of a pin file: what its pin means, and who depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from pinsmith.authorities.advice import advice_for
from pinsmith.certificate import Certificate
from pinsmith.errors import PinsmithError
from pinsmith.explaining.pin import explain_pin
from pinsmith.sync.material import read_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from pinsmith.authorities.advice import Advice
    from pinsmith.explaining.pin import PinExplanation
    from pinsmith.explaining.records import Records
    from pinsmith.pin import Pin
    from pinsmith.policy import Key
    from pinsmith.release import Release
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


def explain_key(key: Key, records: Records, *, now: datetime) -> KeyExplanation:
    """
    Collect what *key* means, without a connection.

    Args:
        key: A key of the pin file.

        records: The pin file, and the files beside it.

        now: Aware.
    """
    return KeyExplanation(
        key=key,
        pin=explain_pin(
            key.pin, today=now.astimezone(UTC).date(), is_leaf=key.role == "leaf", issuer=_issuer(key, records.folder)
        ),
        hosts=tuple(entry.host for entry in records.policy if key in entry.keys),
        releases=released_pins(key.pin, records.alive(now)),
        proof=records.journal.last_proof(str(key.pin), now),
    )


def released_pins(pin: Pin, releases: Iterable[Release]) -> tuple[ReleasedPin, ...]:
    """Return which of *releases* pin the key with *pin*, and for which hosts."""
    found = (
        ReleasedPin(release, tuple(entry.host for entry in release.hosts if pin in entry.pins.values()))
        for release in releases
    )
    return tuple(released for released in found if released.hosts)


def _issuer(key: Key, folder: Path | None) -> Advice | None:
    """Return the advice of the issuer of the key's certificate; None if there is no certificate or no advice."""
    if key.certificate is None or folder is None:
        return None
    try:
        return advice_for(Certificate(read_certificate(key, folder)))
    except PinsmithError:  # `pinsmith sync` reports a certificate that cannot be read
        return None
