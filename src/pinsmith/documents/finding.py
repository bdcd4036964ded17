"""A finding as a part of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.page import page_of_rule
from pinsmith.finding import FilePlace, HostPlace

if TYPE_CHECKING:
    from pinsmith.finding import Finding, Place


class FilePlaceOut(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="file"):
    """A place in a file; ``line`` and ``column`` count from 1, and are null if they are not known."""

    file: str
    line: int | None
    column: int | None


class HostPlaceOut(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="host"):
    """A host; ``port`` and ``address`` are null for the host as a whole."""

    host: str
    port: int | None
    address: str | None


class AffectedOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A release whose users a finding is about.

    ``share`` is a percentage of users, or null. ``why`` follows the release in a sentence.
    """

    app: str
    version: str
    share: float | None
    why: str


class FindingOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One finding.

    ``severity`` is ``info``, ``low``, ``medium`` or ``high``. ``place`` is null for a finding about all pins. ``fix``
    is null if nothing can be advised. ``host`` and ``pin`` are what it is about, if it is about one host or one pin.
    ``fixable`` is ``safe`` if `pinsmith lint --fix` repairs it, ``unsafe`` if that also needs ``--unsafe-fixes``, and
    otherwise null. ``page`` is the place in the documentation, below ``docs``. ``cohorts`` lists the releases whose
    users it is about, and is empty for most findings.
    """

    rule: str
    severity: str
    place: FilePlaceOut | HostPlaceOut | None
    message: str
    fix: str | None
    host: str | None
    pin: str | None
    fixable: str | None
    page: str
    cohorts: list[AffectedOut] = []


def finding_out(finding: Finding) -> FindingOut:
    """Describe *finding*."""
    return FindingOut(
        rule=finding.rule,
        severity=str(finding.severity),
        place=None if finding.place is None else _place(finding.place),
        message=finding.message,
        fix=finding.fix,
        host=finding.place.host if isinstance(finding.place, HostPlace) else finding.host,
        pin=finding.pin,
        fixable=finding.repair.applicability if finding.repair is not None and finding.repair.edits else None,
        page=page_of_rule(finding.rule),
        cohorts=[
            AffectedOut(app=cohort.app, version=cohort.version, share=cohort.share, why=cohort.why)
            for cohort in finding.cohorts
        ],
    )


def _place(place: Place) -> FilePlaceOut | HostPlaceOut:
    if isinstance(place, FilePlace):
        return FilePlaceOut(file=place.file, line=place.line, column=place.column)
    return HostPlaceOut(host=place.host, port=place.port, address=place.address)
