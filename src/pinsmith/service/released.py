"""
Releases as the service sees them: what becomes of their users now, by what hosts presented last.

No socket, no file, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pinsmith.certificate import Chain
from pinsmith.probe import Failed, Target
from pinsmith.release import ask
from pinsmith.service.rotations import lately, outcomes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pinsmith.policy import Policy
    from pinsmith.probe import FetchOutcome
    from pinsmith.release import Release
    from pinsmith.service.rotations import Seen

FateOutcome = Literal["locked-out", "unknown", "not-enforced", "accepts"]
WORST: tuple[FateOutcome, ...] = ("locked-out", "unknown", "accepts", "not-enforced")


@dataclass(frozen=True, slots=True)
class Fate:
    """
    What becomes of the users of a release at one host.

    Attributes:
        host: Canonical.
        outcome: In one word. ``unknown`` if nobody has looked lately, an address could not be read, or what is needed
            was not stored.
        why: The evidence, as a clause.
    """

    host: str
    outcome: FateOutcome
    why: str


def fates(release: Release, policy: Policy, seen: Mapping[str, Sequence[Seen]], *, now: datetime) -> list[Fate]:
    """
    Say what becomes of the users of a release at each host that it pins, and at each watched host below these.

    Args:
        release: The release.

        policy: The pins of the pin file beside it.

        seen: What hosts presented last, by host and from each place.

        now: Aware.
    """
    pinned = [entry.host for entry in release.hosts if entry.mode != "off"]
    covered = [host for host in seen if host not in pinned and release.find(host)]
    return [_fate(release, policy, host, seen.get(host, ()), now) for host in [*pinned, *covered]]


def worst(found: Sequence[Fate]) -> FateOutcome:
    """Return the worst outcome; ``not-enforced`` if a release pins nothing."""
    return next((outcome for outcome in WORST if any(fate.outcome == outcome for fate in found)), "not-enforced")


def _fate(release: Release, policy: Policy, host: str, seen: Sequence[Seen], now: datetime) -> Fate:
    pinning, entry = release.find(host), policy.find(host)
    nothing = ask(release, host, verified=None, presented=Chain(()), now=now)
    if pinning is None or nothing is None or nothing.outcome == "not-enforced":
        reported = pinning is not None and pinning.mode == "report-only"
        why = "it only reports a mismatch" if reported else nothing.why if nothing else "it pins nothing there"
        return Fate(host, "not-enforced", why)
    pins_only = entry is not None and entry.trust == "pins-only"
    if pins_only and pinning.trust != "pins-only":
        return Fate(host, "unknown", "the chain that it verifies is not stored")
    port = entry.port if entry is not None else pinning.port
    outcomes = outcomes_of(Target(host, port), lately(seen, now), pins_only=pins_only)
    return _of_outcomes(release, host, outcomes, now)


def _of_outcomes(release: Release, host: str, outcomes: Sequence[FetchOutcome], now: datetime) -> Fate:
    if not outcomes:
        return Fate(host, "unknown", "nobody has asked the host lately")
    unread: Failed | None = None
    keys: list[str] = []
    for shown in outcomes:
        if isinstance(shown, Failed):
            unread = unread or shown
            continue
        cohort = ask(release, host, verified=shown.verified, presented=shown.presented, now=now)
        if cohort is not None and cohort.outcome == "locked-out":
            return Fate(host, "locked-out", f"{cohort.why} ({shown.address})")
        keys += [cohort.key] if cohort is not None and cohort.key is not None else []
    if unread is not None:
        return Fate(host, "unknown", str(unread.error))
    return Fate(host, "accepts", f"the host presents {' and '.join(dict.fromkeys(keys))}")
