"""Releases beside pin files: reading them for lint, and comparing them with the pin files of their folder."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import PurePath
from typing import TYPE_CHECKING

from pinsmith import builds
from pinsmith.finding import FilePlace
from pinsmith.pinfile._toml import decode
from pinsmith.pinfile.releases import NAME, Releases
from pinsmith.policy import HostPins, Policy
from pinsmith.rules._allow import comments
from pinsmith.rules._rule import Defect, PinnedFile, ReleasedSite, Site
from pinsmith.syntax.toml_layout import scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from pinsmith.pin import Pin
    from pinsmith.release import ReleasedHost


def read_releases(content: bytes, file: str, *, today: date) -> PinnedFile:
    """
    Read what the releases of a pins.releases.toml enforce that have not ended.

    Raises:
        ParseError: If it is broken.
    """
    text = decode(content, file=file)
    layout, now = scan(text), datetime.combine(today, time(), UTC)

    def site(entry: ReleasedHost, *path: str | int) -> Site:
        return Site(HostPins(entry.host, mode="off"), FilePlace(file, layout.line(path)))

    found = tuple(
        ReleasedSite(release, entry, site(entry, "release", number, "host", index))
        for number, release in enumerate(Releases(text, file=file).releases)
        if release.is_alive(now)
        for index, entry in enumerate(release.hosts)
    )
    return PinnedFile(file, None, (), (), today, comments=comments(text, file), released=found)


def defect(one: ReleasedSite, why: str, pin: Pin | None = None) -> Defect:
    """Make a defect about the users of a release; *why* follows the release."""
    return Defect(one.site, f"{one.release.who} {why}", pin, cohorts=(one.release.affected(why),))


def is_pin_file(file: PinnedFile) -> bool:
    """Say whether *file* is a pin file."""
    path = PurePath(file.file)
    return file.target is None and path.suffix == ".toml" and path.name != NAME and not builds.is_name(file.file)


def in_force(file: PinnedFile) -> Iterator[ReleasedSite]:
    """Yield what living releases enforce or report; pins that are over are left out."""
    for one in file.released:
        if one.entry.mode != "off" and (one.entry.expires is None or file.today < one.entry.expires):
            yield one


def compared(files: Sequence[PinnedFile]) -> Iterator[tuple[ReleasedSite, list[Policy]]]:
    """Yield what living releases enforce, and the pin files in their folder, of which there is at least one."""
    policies: dict[PurePath, list[Policy]] = {}
    for file in filter(is_pin_file, files):
        entries = tuple(site.entry for site in file.sites)
        policies.setdefault(PurePath(file.file).parent, []).append(Policy(entries))
    for file in files:
        if beside := policies.get(PurePath(file.file).parent):
            yield from ((one, beside) for one in in_force(file))
