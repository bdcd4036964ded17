"""
The rotations and releases of the watched pin files, by what the service has stored.

Nothing is asked and nothing is written here: a page that somebody opens must not connect to a host.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.documents.released import watched_release_out, watched_releases_document
from pinsmith.errors import PolicyError
from pinsmith.rotation.course import open_hosts, recorded_hosts
from pinsmith.service.released import fates, worst
from pinsmith.service.rotations import Rotation, Seen, open_rotations, past_rotations, rotation_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from pinsmith.documents.released import WatchedReleasesDocument
    from pinsmith.pinfile import PinFile
    from pinsmith.release import Release
    from pinsmith.rotation.journal import Journal
    from pinsmith.server.site import Site

REPORT_DAYS: Final = 30
_UNREADABLE: Final = PolicyError(
    "its journal cannot be read, so nobody knows whether one is open",
    hint="the overview shows what is wrong with the journal",
)


@dataclass(frozen=True, slots=True)
class Books:
    """
    A pin file that is in force, and what stands beside it.

    Attributes:
        path: The pin file.
        read: The same, read.
        journal: None if it cannot be read.
        releases: Those that are in use.
    """

    path: Path
    read: PinFile
    journal: Journal | None
    releases: Sequence[Release]


def books(site: Site) -> list[Books]:
    """Return the pin files that are in force, in the order of the command line."""
    now, journals, releases = site.now(), site.rounds.journals, site.rounds.releases
    return [
        Books(path, read, journals.get(path), [one for one in releases.get(path, ()) if one.is_alive(now)])
        for path, read in site.rounds.watched_files.items()
        if read is not None
    ]


async def seen_by(site: Site, path: Path, hosts: Collection[str]) -> dict[str, list[Seen]]:
    """Return what hosts presented when they were asked last for a pin file, by host and from each place."""
    rows = [
        row
        for row in await site.store.newest(str(path), hosts)
        if site.vantage in {None, row.vantage} and site.rounds.watches(row.service)
    ]
    names = {name for row in rows for sight in row.observation.sights for name in sight.certificates}
    certificates = await site.store.certificates(names)
    found: dict[str, list[Seen]] = {}
    for row in rows:
        found.setdefault(row.service.host, []).append(Seen(row.vantage, row.at, row.observation, certificates))
    return found


async def open_ones(site: Site, book: Books) -> list[Rotation]:
    """Return the open rotations of a pin file."""
    if book.journal is None:
        return []
    seen = await seen_by(site, book.path, open_hosts(book.journal))
    return open_rotations(book.read, book.journal, book.releases, seen=seen, now=site.now())


def past_ones(book: Books) -> list[Rotation]:
    """Return the rotations of a pin file that are over, the newest first."""
    journal = book.journal
    if journal is None:
        return []
    found = [rotation for host in recorded_hosts(journal) for rotation in past_rotations(journal, host)]
    return sorted(found, key=lambda rotation: rotation.entries[-1].time, reverse=True)


async def of_host(site: Site, host: str) -> list[tuple[Books, list[Rotation]]]:
    """
    Return the rotations of a host in each pin file that has any, or that pins the host.

    The first is the open one, or the one that would begin. Those that are over follow, the newest first.
    """
    found = []
    for book in books(site):
        entry = book.read.policy.entry_of(host)
        is_pinned = entry is not None and entry.mode != "off"
        if book.journal is None:
            if is_pinned:
                found.append((book, [Rotation(host=host, standing="not-begun", problem=_UNREADABLE)]))
            continue
        if not is_pinned and host not in recorded_hosts(book.journal):
            continue
        seen = (await seen_by(site, book.path, [host])).get(host, ())
        now = rotation_of(book.read, book.journal, book.releases, host, seen=seen, now=site.now())
        current = [now] if is_pinned or now.standing == "open" else []
        found.append((book, [*current, *past_rotations(book.journal, host)]))
    return found


async def released(site: Site) -> WatchedReleasesDocument:
    """Describe the releases beside the watched pin files, in the order of their files."""
    now = site.now()
    since = now - timedelta(days=REPORT_DAYS)
    counts = await site.store.reports.versions(since=since)
    found = []
    for book in books(site):
        releases = site.rounds.releases.get(book.path, ())
        hosts = {state.service.host for state in await site.hosts()} if releases else set()
        seen = await seen_by(site, book.path, {host for host in hosts if any(one.find(host) for one in releases)})
        for release in releases:
            is_alive = release.is_alive(now)
            fated = fates(release, book.read.policy, seen, now=now) if is_alive else []
            outcome = worst(fated) if is_alive else None
            found.append(watched_release_out(book.path, release, fated, counts, outcome=outcome))
    return watched_releases_document(found, since.date())
