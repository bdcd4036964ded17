"""The reports of apps that the service has counted, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.moment import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.store.report_reader import ReportGroup


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
    ``GET /api/v1/reports``: the groups that were reported last, the newest first.

    ``dropped`` counts reports that were not kept, by reason.
    """

    groups: list[CountedGroupOut]
    dropped: dict[str, int]


def report_groups_document(groups: Iterable[ReportGroup], dropped: Mapping[str, int]) -> ReportGroupsDocument:
    """Describe *groups*."""
    return ReportGroupsDocument(groups=[counted_group_out(group) for group in groups], dropped=dict(dropped))


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
