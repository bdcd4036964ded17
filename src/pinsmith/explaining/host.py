"""A host: what each of its pins means, and who has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from pinsmith.explaining.key import explain_key
from pinsmith.explaining.pin import explain_pin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.explaining.key import KeyExplanation
    from pinsmith.explaining.pin import PinExplanation
    from pinsmith.policy import HostPins, Policy
    from pinsmith.release import Release, ReleasedHost
    from pinsmith.rotation.journal import Journal


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


def explain_host(
    host: str, entry: HostPins, policy: Policy, releases: Sequence[Release], journal: Journal, *, now: datetime
) -> HostExplanation:
    """
    Collect what the pins of *host* mean, without a connection.

    Args:
        host: Canonical.

        entry: The entry of *policy* that covers it.

        policy: The pin file.

        releases: Releases of the pin file; those that have ended are left out.

        journal: The journal of the pin file.

        now: Aware.
    """
    covering = tuple(
        (release, covered) for release in releases if release.is_alive(now) and (covered := release.find(host))
    )
    ours = {key.pin for key in entry.keys}
    others = dict.fromkeys(pin for _, covered in covering for pin in covered.pins.values() if pin not in ours)
    today = now.astimezone(UTC).date()
    return HostExplanation(
        host=host,
        entry=entry,
        keys=tuple(explain_key(key, policy, releases, journal, now=now) for key in entry.keys),
        releases=covering,
        others=tuple(explain_pin(pin, today=today) for pin in others),
    )
