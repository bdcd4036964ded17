"""The versions of apps that still send reports, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from pinsmith.store.report_reader import VersionCount


class VersionOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One version of an app.

    ``version`` is null if the reports do not name it. ``share`` is its part of the reports of the app, from 0 to 1.
    ``first_day`` and ``last_day`` are the first and the last day with a report since ``since``.
    """

    version: str | None
    reports: int
    share: float
    first_day: str
    last_day: str


class AppOut(msgspec.Struct, frozen=True, kw_only=True):
    """One app, whose id is null if the reports do not name it; its versions with the most reports first."""

    app_id: str | None
    reports: int
    versions: list[VersionOut]


class AdoptionDocument(Versioned, frozen=True, kw_only=True):
    """
    ``GET /api/v1/reports/versions?days=30``: the versions of apps that have sent reports since a day.

    Only apps whose pins did not match send reports. So a version in the list is still in use, and another version
    may be in use, too. Anybody can send a report, so this is a hint.
    """

    since: str
    apps: list[AppOut]


def adoption_document(counts: Iterable[VersionCount], since: date) -> AdoptionDocument:
    """Describe *counts*, which are those since a day."""
    apps: dict[str, list[VersionCount]] = {}
    for count in counts:
        apps.setdefault(count.app, []).append(count)
    described = [_app(app, versions) for app, versions in apps.items()]
    return AdoptionDocument(
        since=since.isoformat(), apps=sorted(described, key=lambda app: (-app.reports, app.app_id or ""))
    )


def _app(app: str, versions: list[VersionCount]) -> AppOut:
    total = sum(count.reports for count in versions)
    return AppOut(
        app_id=app or None,
        reports=total,
        versions=[
            VersionOut(
                version=count.version or None,
                reports=count.reports,
                share=round(count.reports / total, 4),
                first_day=count.first_day.isoformat(),
                last_day=count.last_day.isoformat(),
            )
            for count in versions
        ],
    )
