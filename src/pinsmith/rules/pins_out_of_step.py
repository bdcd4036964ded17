"""Files that pin a host with different keys."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, nsc, pin, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import PinnedFile, Site

_MAX_PINS: Final = 4  # in one message


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    """Compare each place with the pin file, or without one with the place that has the most pins."""
    places = [(file.target is not None, site) for file in files for site in file.sites if site.entry.keys]
    for _, group in groupby(sorted(places, key=_order), key=lambda place: place[1].entry.host):
        (_, first), *others = group
        for _, site in others:
            if difference := _difference(site, first):
                yield Defect(site, difference)


def _order(place: tuple[bool, Site]) -> tuple[str, bool, int, str]:
    is_platform, site = place
    return site.entry.host, is_platform, -len(site.entry.by_digest), str(site.place)


def _difference(site: Site, first: Site) -> str | None:
    ours, theirs = ({key.pin: None for key in of.entry.keys} for of in (site, first))
    parts = [
        f"{verb} {', '.join(map(str, pins[:_MAX_PINS]))}{', ...' if len(pins) > _MAX_PINS else ''}"
        for verb, pins in (
            ("lacks", [pin for pin in theirs if pin not in ours]),
            ("also has", [pin for pin in ours if pin not in theirs]),
        )
        if pins
    ]
    return f"its pins differ from those in {first.place}: this file {' and '.join(parts)}" if parts else None


RULE = Rule(
    id="pins-out-of-step",
    severity=Severity.MEDIUM,
    title="files that pin a host with different keys",
    effect="A key that only some of the apps accept locks out the users of the others.",
    fix="decide which pins are right, and write all files from one pin file with `pinsmith sync`",
    example=Example(
        nsc(*(f'<pin digest="SHA-256">{pin(word).base64}</pin>' for word in ("api", "old"))),
        nsc(*(f'<pin digest="SHA-256">{pin(word).base64}</pin>' for word in ("api", "standby"))),
        name="network_security_config.xml",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    compare=_compare,
)
