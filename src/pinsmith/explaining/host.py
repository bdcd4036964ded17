"""A host: what each of its pins means, and who has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from pinsmith.explaining.key import explain_key
from pinsmith.explaining.pin import explain_pin

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.explaining.key import KeyExplanation
    from pinsmith.explaining.pin import PinExplanation
    from pinsmith.explaining.records import Records
    from pinsmith.policy import HostPins
    from pinsmith.release import Release, ReleasedHost


@dataclass(frozen=True, slots=True)
class HostExplanation:
    """
    A host that a pin file covers.

    Attributes:
        host: Canonical.
        entry: The entry that covers it, which may be that of a parent.
        keys: Its keys, in the order of the entry.
        releases: The releases in use that cover it, and what each enforces there.
        others: The pins that only releases have.
    """

    host: str
    entry: HostPins
    keys: tuple[KeyExplanation, ...]
    releases: tuple[tuple[Release, ReleasedHost], ...]
    others: tuple[PinExplanation, ...]


def explain_host(host: str, entry: HostPins, records: Records, *, now: datetime) -> HostExplanation:
    """
    Collect what the pins of *host* mean, without a connection.

    Args:
        host: Canonical.

        entry: The entry of the pin file that covers it.

        records: The pin file, and the files beside it.

        now: Aware.
    """
    covering = tuple((release, covered) for release in records.alive(now) if (covered := release.find(host)))
    ours = {key.pin for key in entry.keys}
    others = dict.fromkeys(pin for _, covered in covering for pin in covered.pins.values() if pin not in ours)
    today = now.astimezone(UTC).date()
    return HostExplanation(
        host=host,
        entry=entry,
        keys=tuple(explain_key(key, records, now=now) for key in entry.keys),
        releases=covering,
        others=tuple(explain_pin(pin, today=today) for pin in others),
    )
