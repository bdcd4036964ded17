"""What the outputs mean for releases: nobody has recorded them, or an old release cannot follow."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from pinsmith.checks.apart import changed_hosts, newest, shares_no_chain
from pinsmith.finding import FilePlace, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.pinfile.releases import Releases
    from pinsmith.policy import Policy

NOT_RECORDED: Final = "release-not-recorded"
_MAX_HOSTS: Final = 3  # in one message


def release_findings(policy: Policy, releases: Releases, *, now: datetime) -> Iterator[Finding]:
    """
    Yield what the next release would change for the users of recorded ones, without asking a host.

    Nothing is yielded if no release is recorded. Nothing here makes ``sync --check`` fail.

    Args:
        policy: The pins that the outputs contain.

        releases: The recorded releases.

        now: Aware.
    """
    alive, place = releases.alive(now), FilePlace(releases.file)
    for release in alive:
        hosts = [
            one.host
            for one in release.hosts
            if shares_no_chain(one, policy) and (one.expires is None or now.astimezone(UTC).date() < one.expires)
        ]
        if hosts:
            why = (
                f"pins no key that the pin file pins for {_listed(hosts)}, so a server with a key of the pin file "
                "locks its users out"
            )
            fix = "keep a key of that release in the pin file until nobody uses the release any more"
            yield Finding(
                "release-without-common-pin",
                Severity.MEDIUM,
                place,
                f"{release.who} {why}",
                fix,
                cohorts=(release.affected(why),),
            )
    for release in newest(alive):
        if hosts := [*changed_hosts(release, policy)]:
            yield Finding(
                NOT_RECORDED,
                Severity.INFO,
                place,
                f"the pins of {_listed(hosts)} differ from those of {release}, the newest recorded release",
                f"when the next version ships, record it: `pinsmith release add {release.app} VERSION`",
            )


def _listed(hosts: Sequence[str]) -> str:
    shown = ", ".join(hosts[:_MAX_HOSTS])
    return f"{shown} and {len(hosts) - _MAX_HOSTS} more hosts" if len(hosts) > _MAX_HOSTS else shown
