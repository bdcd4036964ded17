"""The document of ``pinsmith release list``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.release import Release


class ReleasedHostOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a release enforces for one host. ``pins`` has each pin by the name of its key."""

    host: str
    pins: dict[str, str]
    mode: str
    include_subdomains: bool
    expires: str | None


class ReleaseOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One release.

    ``share`` is a percentage of users, as ``share_source`` had it on ``share_date``. A fact that is not known is null.
    ``ended`` is null while the release is in use. ``oldest`` is the oldest system that it runs on, such as
    ``android 26`` (an API level) or ``ios 15.0``. ``oldest_title`` is its name for people, such as
    ``Android 8 (API level 26)``. ``updates`` says whether its programs read signed updates.
    """

    app: str
    version: str
    date: str | None
    share: float | None
    share_date: str | None
    share_source: str | None
    source: str | None
    ended: str | None
    oldest: str | None
    oldest_title: str | None
    updates: bool
    hosts: list[ReleasedHostOut]


class ReleasesDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith release list --format json``."""

    releases: list[ReleaseOut]


def releases_document(releases: Iterable[Release]) -> ReleasesDocument:
    """Describe *releases*."""
    return ReleasesDocument(releases=[release_out(release) for release in releases])


def release_out(release: Release) -> ReleaseOut:
    """Describe a release."""
    return ReleaseOut(
        app=release.app,
        version=release.version,
        date=str(release.date) if release.date else None,
        share=release.share,
        share_date=str(release.share_date) if release.share_date else None,
        share_source=release.share_source,
        source=release.source,
        ended=str(release.ended) if release.ended else None,
        oldest=str(release.oldest) if release.oldest else None,
        oldest_title=release.oldest.title if release.oldest else None,
        updates=release.updates,
        hosts=[
            ReleasedHostOut(
                host=entry.host,
                pins={name: str(pin) for name, pin in entry.pins.items()},
                mode=entry.mode,
                include_subdomains=entry.include_subdomains,
                expires=str(entry.expires) if entry.expires else None,
            )
            for entry in release.hosts
        ],
    )
