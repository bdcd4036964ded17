"""The groups of many reports, with what is counted inside each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinsmith.reports._facts import Facts, facts_of
from pinsmith.reports._group import group_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pinsmith.pin import Pin
    from pinsmith.reports._report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """
    Reports of one cause.

    Attributes:
        key: The result of `group_key`.
        facts: The facts of its first report.
        count: How many reports it has.
        formats: How many of them came in which format.
        versions: How many came from which version of the app; those without a version are not counted.
        platforms: The same for the platform and its version.
        first: The earliest time that a client gave, UTC; None if none did.
        last: The latest one.
        hosts_of_issuer: For how many hosts the last key of its chain was reported, in all groups.
    """

    key: bytes
    facts: Facts
    count: int
    formats: Mapping[str, int]
    versions: Mapping[str, int]
    platforms: Mapping[str, int]
    first: datetime | None
    last: datetime | None
    hosts_of_issuer: int


@dataclass(slots=True)
class _Tally:
    first: Report
    count: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    platforms: Counter[str] = field(default_factory=Counter)
    times: list[datetime] = field(default_factory=list)

    def add(self, report: Report) -> None:
        self.count += 1
        self.formats[report.format] += 1
        if report.app_version:
            self.versions[report.app_version] += 1
        if report.platform:
            self.platforms[" ".join(filter(None, (report.platform, report.platform_version)))] += 1
        if report.reported_at is not None:
            times = [*self.times, report.reported_at]
            self.times = [min(times), max(times)]


def summarise(reports: Iterable[Report]) -> tuple[Group, ...]:
    """
    Group *reports*. The certificates of each group are parsed once.

    Returns:
        The groups, the largest first; equally large ones in the order of their first report.
    """
    tallies: dict[bytes, _Tally] = {}
    for report in reports:
        key = group_key(report)
        tally = tallies.get(key)
        if tally is None:
            tally = tallies[key] = _Tally(report)
        tally.add(report)
    facts = {key: facts_of(tally.first) for key, tally in tallies.items()}
    hosts: dict[Pin, set[str]] = {}
    for fact in facts.values():
        if fact.pins and fact.report.host:
            hosts.setdefault(fact.pins[-1], set()).add(fact.report.host)
    groups = [
        Group(
            key=key,
            facts=facts[key],
            count=tally.count,
            formats=tally.formats,
            versions=tally.versions,
            platforms=tally.platforms,
            first=tally.times[0] if tally.times else None,
            last=tally.times[-1] if tally.times else None,
            hosts_of_issuer=len(hosts.get(facts[key].pins[-1], ())) if facts[key].pins else 0,
        )
        for key, tally in tallies.items()
    ]
    return tuple(sorted(groups, key=lambda group: -group.count))
