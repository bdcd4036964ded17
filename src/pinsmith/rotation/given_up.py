"""
Releases that somebody gave up in an emergency, so that their users do not stop the new certificate.

No socket, no file, no clock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith._listed import listed
from pinsmith.checks.host_check import locked_out
from pinsmith.rotation.course import open_events

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.release import Release
    from pinsmith.rotation.journal import Journal

GIVEN_UP: Final = "given-up"
"""The fact of the move `certify` that lists the releases; there is none without the choice `rotate-now`."""
_NOW: Final = "rotate-now"


def named(releases: Iterable[Release]) -> str:
    """Write releases as the journal lists them. Their names contain no line break."""
    return "\n".join(map(str, releases))


def without_given_up(check: HostCheck, journal: Journal) -> tuple[HostCheck, str]:
    """
    Leave out of *check* the releases that were given up, and say whom the certificate locks out.

    The rotation of the host must be open, and its last recorded choice `rotate-now`. The certificate must match by the
    new key of that rotation. If it locks out one release more than were given up, nothing is left out.

    Args:
        check: Of a certificate that is not deployed yet.

        journal: That of the pin file.

    Returns:
        The check, and a sentence; it is empty if nothing was left out.

    Raises:
        PolicyError: If two branches have begun rotations to different keys.
    """
    hurt, entry = locked_out(check), check.entry
    if check.fault != "locked-out" or entry is None:
        return check, ""
    events = open_events(journal, entry.host)
    certified = events.get("certify")
    if certified is None or any(
        event.facts.get("choice") != _NOW for event in (certified, next(reversed(events.values())))
    ):
        return check, ""
    pin = next((str(key.pin) for key in entry.keys if key.name == check.matched_key), None)
    names = certified.facts.get(GIVEN_UP, "").split("\n")
    if pin is None or pin != certified.facts.get("to") or any(str(cohort.release) not in names for cohort in hurt):
        return check, ""
    whom = listed(cohort.release.who for cohort in hurt)
    why = f"the certificate locks out {whom} at {check.host}, because {_NOW} was chosen on {certified.time[:10]}"
    return replace(check, cohorts=tuple(cohort for cohort in check.cohorts if cohort not in hurt)), why
