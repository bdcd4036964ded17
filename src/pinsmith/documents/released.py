"""The releases beside the watched pin files, as JSON: with their shares of reports, and who is locked out now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.releases import ReleaseOut, release_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from pinsmith.release import Release
    from pinsmith.service.released import Fate, FateOutcome
    from pinsmith.store.report_reader import VersionCount


class FateOut(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the users of a release at one host: ``outcome`` is as in ``WatchedReleaseOut``."""

    host: str
    outcome: str
    why: str


class WatchedReleaseOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A release, and what becomes of its users now.

    ``release.share`` is the percentage of all users that somebody has typed. ``reports`` counts the reports of this
    version since ``since`` of the document. ``share_of_reports`` is its part of the reports of this app, from 0 to 1.
    Both are null if no report names the app as the release does. Only users whose pins do not match report, so it is
    not a share of all users.

    ``outcome`` is the worst of ``hosts``: ``locked-out``, ``unknown``, ``accepts`` or ``not-enforced``. It is null if
    the release has ended, and ``hosts`` is empty then.
    """

    file: str
    release: ReleaseOut
    reports: int | None
    share_of_reports: float | None
    outcome: str | None
    hosts: list[FateOut]


class WatchedReleasesDocument(Versioned, frozen=True, kw_only=True):
    """``GET /api/v1/releases``: the releases beside the watched pin files. Reports are counted since ``since``."""

    since: str
    releases: list[WatchedReleaseOut]


def watched_release_out(
    file: Path,
    release: Release,
    found: Sequence[Fate],
    counts: Iterable[VersionCount],
    *,
    outcome: FateOutcome | None,
) -> WatchedReleaseOut:
    """
    Describe a release.

    Args:
        file: The pin file beside it.

        release: The release.

        found: What becomes of its users.

        counts: Reports by version, of any app.

        outcome: The worst of *found*; None if it has ended.
    """
    of_app = [count for count in counts if count.app == release.app]
    total = sum(count.reports for count in of_app)
    own = sum(count.reports for count in of_app if count.version == release.version)
    return WatchedReleaseOut(
        file=str(file),
        release=release_out(release),
        reports=own if of_app else None,
        share_of_reports=round(own / total, 4) if total else None,
        outcome=outcome,
        hosts=[FateOut(host=fate.host, outcome=fate.outcome, why=fate.why) for fate in found],
    )


def watched_releases_document(releases: Iterable[WatchedReleaseOut], since: date) -> WatchedReleasesDocument:
    """Describe the releases."""
    return WatchedReleasesDocument(since=since.isoformat(), releases=list(releases))
