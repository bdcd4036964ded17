"""The document of ``pinsmith report parse``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.certificate import Certificate
from pinsmith.certificate.link import attempt
from pinsmith.documents.document import ErrorOut, Versioned, error_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.certificate import UnreadableCertificate
    from pinsmith.errors import ReportError
    from pinsmith.reports import Classified, Facts, Group


class ReportedKeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One key of a reported chain, leaf first. A field that cannot be read is null.

    ``verified`` says whether the certificate is part of a chain whose signatures were verified for the host. It is null
    if the report has pins instead of certificates.
    """

    pin: str | None
    verified: bool | None
    subject: str | None = None
    issuer: str | None = None
    not_before: str | None = None
    not_after: str | None = None


class ReportGroupOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    Reports of one cause. Anybody can send a report, so the class is a hint.

    ``key`` identifies the group: reports with the same key belong together. ``app_versions``, ``platforms`` and
    ``formats`` count reports. Times are those that the clients gave.
    """

    class_name: str
    evidence: list[str]
    key: str
    reports: int
    host: str | None
    port: int | None
    noted_host: str | None
    reason: str
    enforced: bool | None
    app_id: str | None
    app_versions: dict[str, int]
    platforms: dict[str, int]
    formats: dict[str, int]
    first_reported: str | None
    last_reported: str | None
    presented: list[ReportedKeyOut]
    known_pins: list[str]
    remarks: list[str]


class UnreadableReportOut(msgspec.Struct, frozen=True, kw_only=True):
    """A report that could not be read. ``line`` is where it begins in the file, from 1."""

    line: int
    error: ErrorOut


class ReportsDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith report parse FILE --format json``: the largest groups first."""

    groups: list[ReportGroupOut]
    unreadable: list[UnreadableReportOut]


def reports_document(
    judged: Sequence[tuple[Group, Classified]], failures: Sequence[tuple[int, ReportError]]
) -> ReportsDocument:
    """Describe groups with their classes, and what could not be read."""
    return ReportsDocument(
        groups=[_group(group, classified) for group, classified in judged],
        unreadable=[UnreadableReportOut(line=line, error=error_out(error)) for line, error in failures],
    )


def _group(group: Group, classified: Classified) -> ReportGroupOut:
    report = group.facts.report
    return ReportGroupOut(
        class_name=classified.name,
        evidence=list(classified.evidence),
        key=group.key.hex(),
        reports=group.count,
        host=report.host,
        port=report.port,
        noted_host=report.noted_host,
        reason=report.reason,
        enforced=report.enforced,
        app_id=report.app_id,
        app_versions=dict(group.versions),
        platforms=dict(group.platforms),
        formats=dict(group.formats),
        first_reported=_moment(group.first),
        last_reported=_moment(group.last),
        presented=presented_out(group.facts),
        known_pins=[str(pin) for pin in report.known_pins],
        remarks=list(report.remarks),
    )


def presented_out(facts: Facts) -> list[ReportedKeyOut]:
    """Describe the chain of a group, leaf first, whether it has certificates or only pins."""
    if facts.chain is None:
        return [ReportedKeyOut(pin=str(pin), verified=None) for pin in facts.pins]
    return [_presented(certificate, facts) for certificate in facts.chain]


def _presented(certificate: Certificate | UnreadableCertificate, facts: Facts) -> ReportedKeyOut:
    if not isinstance(certificate, Certificate):
        return ReportedKeyOut(pin=None, verified=False)
    return ReportedKeyOut(
        pin=str(certificate.pin),
        verified=certificate in facts.verified,
        subject=attempt(lambda: certificate.subject),
        issuer=attempt(lambda: certificate.issuer),
        not_before=attempt(lambda: _text(certificate.not_before)),
        not_after=attempt(lambda: _text(certificate.not_after)),
    )


def _moment(moment: datetime | None) -> str | None:
    return _text(moment) if moment else None


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
