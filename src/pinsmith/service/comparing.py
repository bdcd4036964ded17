"""Compare what several places have seen at the hosts that were just asked, and name the places that are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith._clean import clean
from pinsmith.monitor.vantages import compare, places, recent, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from pinsmith.documents.alert import AlertOut
    from pinsmith.documents.disagreement import DisagreementOut
    from pinsmith.monitor.outcome import Service
    from pinsmith.monitor.schedule import Pace
    from pinsmith.monitor.vantages import Comparison, Seen
    from pinsmith.policy import Policy
    from pinsmith.store.comparison_log import ComparisonLog


async def compare_places(
    log: ComparisonLog,
    asked: Collection[Service],
    policies: Mapping[str, Policy],
    *,
    pace: Pace,
    now: datetime,
    channels: Mapping[str, Callable[[AlertOut, datetime], datetime | None]],
) -> tuple[list[AlertOut], list[str]]:
    """
    Compare the observations of *asked* services, and store the alerts of those that differ.

    Agreeing places cost no write. With one place only, nothing is compared.

    Args:
        log: Of the database.

        asked: The services of this round, without those under maintenance.

        policies: In force, by the paths of their pin files.

        pace: How often hosts are asked.

        now: Aware.

        channels: As for `Store.record`.

    Returns:
        The alerts, and the problems in words: places that are silent.
    """
    alerts: list[AlertOut] = []
    after = now - recent(pace)
    reported = await log.asked(policies.keys())
    if len(reported) > 1:
        standing = await log.disagreements() if asked else {}
        for file, policy in policies.items():
            hosts = sorted({service.host for service in asked if service.file == file})
            for service, seen in (await log.seen(file, hosts, after=after)).items():
                known = _known(policy, service.host)

                def judge(seen: Sequence[Seen], known: Mapping[str, str] = known) -> Comparison:
                    return compare(seen, known, now=now, pace=pace)

                if service in asked and (service in standing or judge(seen).findings):
                    alert = await log.note(service, judge, at=now, after=after, channels=channels)
                    alerts += [alert] if alert else []
    quiet = silent(reported, now=now, pace=pace)
    if not quiet:
        return alerts, []
    names = places([f"{clean(name)} (since {reported[name]:%Y-%m-%d %H:%M} UTC)" for name in quiet])
    return alerts, [f"nothing was heard from {names}, so a man in the middle there would not be noticed"]


async def disagreements_of(log: ComparisonLog, watches: Callable[[Service], bool]) -> list[DisagreementOut]:
    """Return the disagreements about hosts that are still watched."""
    found = (await log.disagreements()).items()
    return [one for service, one in found if one is not None and watches(service)]


def _known(policy: Policy, host: str) -> dict[str, str]:
    entry, refused = policy.entry_of(host), {str(key.pin) for key in policy.compromised}
    return {str(key.pin): key.name for key in entry.keys if str(key.pin) not in refused} if entry else {}
