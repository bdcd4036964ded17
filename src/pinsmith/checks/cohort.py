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
    Add to *check* what each of *releases* does with the chain, and warn of its oldest system if one is recorded.

    The rest is as for `pinsmith.release.ask`.
    """
    asked = [ask(release, check.host, verified=verified, presented=presented, now=now) for release in releases]
    found = replace(check, cohorts=tuple(cohort for cohort in asked if cohort is not None))
    if not any(cohort.release.oldest for cohort in found.cohorts):
        return found
    from pinsmith.checks.oldest_system import with_oldest  # the tables of trust stores take time to read

    return with_oldest(found, presented, now=now)


def for_releases_alone(check: HostCheck) -> HostCheck:
    """
    Let a host pass that was checked for its releases alone, unless one of them is locked out.

    Use it only for hosts that nobody has named: a host that somebody names needs an entry in the pin file.
    """
    if check.reason != "no-entry":
        return check
    message = "is pinned by releases alone: no entry of the pin file covers it"
    return replace(check, reason=RELEASED, message=message, hint=None)


def hosts_of_releases(releases: Sequence[Release], policy: Policy) -> dict[str, int]:
    """
    Return the hosts that *releases* pin and that have no entry of their own in *policy*, in the order of the file.

    The values are ports, those of the newest release.
    """
    pinned = {entry.host: entry.port for release in releases for entry in release.hosts if entry.mode != "off"}
    return {host: port for host, port in pinned.items() if policy.entry_of(host) is None}
