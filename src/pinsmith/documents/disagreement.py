"""A host of which several places see different keys, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.documents.moment import moment_text

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.monitor.outcome import Service
    from pinsmith.monitor.vantages import Comparison


class SeenKeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A key that a leaf has, as one place has seen it.

    ``pin`` is null if the certificate cannot be read. ``standing`` is ``pinned`` if clients accept its chain at some
    place, ``known`` if the pin file has the key, and otherwise ``unknown``.
    """

    pin: str | None
    standing: str


class PlaceOut(msgspec.Struct, frozen=True, kw_only=True):
    """One place: the state of the host from there, when it was asked, and the keys of its leaves."""

    vantage: str
    state: str
    asked: str
    keys: list[SeenKeyOut]


class DisagreementOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One host of which some places see an unknown key, and others do not.

    ``since`` is when this was found first. ``findings`` names the keys and the places, the worst first. ``places`` are
    all places that ask the host.
    """

    file: str
    host: str
    port: int
    since: str
    findings: list[FindingOut]
    places: list[PlaceOut]


def disagreement_out(service: Service, comparison: Comparison, since: datetime) -> DisagreementOut:
    """Describe *comparison*."""
    return DisagreementOut(
        file=service.file,
        host=service.host,
        port=service.port,
        since=moment_text(since),
        findings=[finding_out(finding) for finding in comparison.findings],
        places=[
            PlaceOut(
                vantage=view.vantage,
                state=view.state,
                asked=moment_text(view.at),
                keys=[SeenKeyOut(pin=pin or None, standing=standing) for pin, standing in view.keys],
            )
            for view in comparison.views
        ],
    )
