"""The reports of apps that the service has counted, as JSON."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.moment import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.store.report_reader import ReportGroup, Spread

_EPOCH: Final = date(1970, 1, 1)
_MAX_NAMES: Final = 1000  # versions or platforms of one group


class CountedGroupOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    Reports of one cause. Anybody can send a report, so the class is a hint.

    ``class_name`` is null until the group is classified. ``classified`` is when that was done. It is null if it will
    be done again, because the pins have changed; a group without a body keeps its class. ``source`` is the key in the
    path that the reports were sent to. ``first_seen`` and ``last_seen`` are when reports arrived, by the clock of the
    service.
    """

    key: str
    class_name: str | None
    evidence: list[str]
    classified: str | None
    reports: int
    host: str | None
    app_id: str | None
    source: str | None
    format: str
    reason: str
    enforced: bool | None
    first_seen: str
    last_seen: str


class ReportGroupsDocument(Versioned, frozen=True, kw_only=True):
    """
    ``GET /api/v1/reports``: groups, the most recent first.

    ``dropped`` counts reports that were not kept, by reason. ``next`` is the value of ``after`` for the groups that
    follow; it is null if there are none.
    """

    groups: list[CountedGroupOut]
    dropped: dict[str, int]
    next: str | None


class ReportGroupDocument(Versioned, frozen=True, kw_only=True):
    """
    ``GET /api/v1/reports/{key}``: one group, and where its reports came from.

    ``versions`` and ``platforms`` count reports, the most first; an empty name is not known. ``days`` counts them by
    day in UTC. ``networks`` is the number of networks that have sent some.
    """

    group: CountedGroupOut
    versions: dict[str, int]
    platforms: dict[str, int]
    days: dict[str, int]
    networks: int


def report_groups_document(
    groups: Iterable[ReportGroup], dropped: Mapping[str, int], after: str | None = None
) -> ReportGroupsDocument:
    """Describe *groups*; *after* is the place where those that follow begin."""
    listed = [counted_group_out(group) for group in groups]
    return ReportGroupsDocument(groups=listed, dropped=dict(dropped), next=after)


def report_group_document(group: ReportGroup, spread: Spread) -> ReportGroupDocument:
    """Describe one group."""
    return ReportGroupDocument(
        group=counted_group_out(group),
        versions=_most(spread.versions),
        platforms=_most(spread.platforms),
        days={f"{_EPOCH + timedelta(days=day)}": count for day, count in spread.days.items()},
        networks=spread.networks,
    )


def _most(counted: Mapping[str, int]) -> dict[str, int]:
    return dict(list(counted.items())[:_MAX_NAMES])


def counted_group_out(group: ReportGroup) -> CountedGroupOut:
    """Describe one group."""
    return CountedGroupOut(
        key=group.key.hex(),
        class_name=group.name,
        evidence=list(group.evidence),
        classified=moment_text(group.classified) if group.classified else None,
        reports=group.reports,
        host=group.host or None,
        app_id=group.app or None,
        source=group.source or None,
        format=group.format,
        reason=group.reason,
        enforced=group.enforced,
        first_seen=moment_text(group.first_seen),
        last_seen=moment_text(group.last_seen),
    )
