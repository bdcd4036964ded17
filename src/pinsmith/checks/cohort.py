"""Releases that are in use, asked about the chain of a host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinsmith.checks.host_check import RELEASED
from pinsmith.release import ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.policy import Policy
    from pinsmith.release import Release


def with_cohorts(
    check: HostCheck, releases: Iterable[Release], *, verified: Chain | None, presented: Chain, now: datetime
) -> HostCheck:
    """
    Add to *check* what each of *releases* does with the chain; the arguments are those of `pinsmith.release.ask`.

    A host that only releases pin does not fail for want of an entry.
    """
    asked = (ask(release, check.host, verified=verified, presented=presented, now=now) for release in releases)
    cohorts = tuple(cohort for cohort in asked if cohort is not None)
    if not cohorts:
        return check
    if check.reason == "no-entry":
        message = "is pinned by releases alone: no entry of the pin file covers it"
        check = replace(check, reason=RELEASED, message=message, hint=None)
    return replace(check, cohorts=cohorts)


def hosts_of_releases(releases: Sequence[Release], policy: Policy) -> dict[str, int]:
    """
    Return the hosts that *releases* pin and that have no entry of their own in *policy*, in the order of the file.

    The values are ports, those of the newest release.
    """
    pinned = {entry.host: entry.port for release in releases for entry in release.hosts if entry.mode != "off"}
    return {host: port for host, port in pinned.items() if policy.entry_of(host) is None}
