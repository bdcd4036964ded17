"""A group with everything that is known about it, and its class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, Key, Policy
    from pinsmith.reports._facts import Facts

Class = Literal[
    "garbage",
    "attack-suspected",
    "clock-wrong",
    "stale-app-version",
    "our-rotation",
    "deploy-drift",
    "captive-portal",
    "interception",
    "unknown",
]
CLASSES: Final[tuple[Class, ...]] = get_args(Class)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """
    The facts about a group that no single report can show.

    Attributes:
        reports: How often it was reported.
        networks: From how many networks; None if that is not known, as in a log.
        hosts_of_issuer: For how many hosts the last key of this chain was reported.
        observed: Pins of leaves that pinsmith itself saw at the host, as `check` does.
        signers: Pins of the authorities above a pinned key that pinsmith itself saw at the host.
    """

    reports: int = 1
    networks: int | None = None
    hosts_of_issuer: int = 1
    observed: frozenset[Pin] = frozenset()
    signers: frozenset[Pin] = frozenset()


@dataclass(frozen=True, slots=True)
class Classified:
    """
    The class of a group.

    Attributes:
        name: The class.
        evidence: The reasons, one sentence each, safe to print.
    """

    name: Class
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    facts: Facts
    policy: Policy | None
    now: datetime
    sightings: Sightings
    entry: HostPins | None

    @property
    def host(self) -> str:
        return self.facts.report.host or "the host"

    @property
    def ours(self) -> dict[Pin, Key]:
        """The keys that the pin file lists for the host."""
        return {key.pin: key for key in self.entry.keys} if self.entry else {}

    @property
    def served(self) -> Key | None:
        """The first key of the chain that the pin file lists for the host."""
        ours = self.ours
        return next((ours[pin] for pin in self.facts.pins if pin in ours), None)
