"""The document of ``pinsmith audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut, finding_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.answers import HostAnswer, Mechanism
    from pinsmith.finding import Finding


class MechanismOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something that pins a host, or seems to do so.

    ``answer`` is what it alone answers, and ``reason`` why that is not ``yes``. ``expires`` is the day from which its
    pins are no longer enforced, as ``YYYY-MM-DD``.
    """

    title: str
    place: str
    answer: str
    reason: str | None
    pins: list[str]
    expires: str | None
    include_subdomains: bool


class HostAnswerOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    Whether a host is pinned.

    ``answer`` is ``yes``, ``code present, unproven``, ``cannot tell`` or ``no``. ``own`` says whether the host is in
    a domain of the app's owner, as far as can be known. ``mentioned`` is the first place with a URL of the host.
    """

    host: str
    answer: str
    own: bool
    mentioned: str | None
    mechanisms: list[MechanismOut]


class AuditDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith audit --format json``.

    ``files`` lists what was read and matters. ``ok`` says whether there are no findings.
    """

    ok: bool
    files: list[str]
    hosts: list[HostAnswerOut]
    findings: list[FindingOut]


def audit_document(files: Sequence[str], answers: Iterable[HostAnswer], findings: Sequence[Finding]) -> AuditDocument:
    """Describe *answers* and *findings* about *files*."""
    return AuditDocument(
        ok=not findings,
        files=list(files),
        hosts=[_host(answer) for answer in answers],
        findings=[finding_out(finding) for finding in findings],
    )


def _host(answer: HostAnswer) -> HostAnswerOut:
    return HostAnswerOut(
        host=answer.host,
        answer=str(answer.answer),
        own=answer.is_own,
        mentioned=answer.mentioned,
        mechanisms=[_mechanism(mechanism) for mechanism in answer.mechanisms],
    )


def _mechanism(mechanism: Mechanism) -> MechanismOut:
    return MechanismOut(
        title=mechanism.title,
        place=mechanism.place,
        answer=str(mechanism.answer),
        reason=mechanism.reason or None,
        pins=[str(pin) for pin in mechanism.pins],
        expires=mechanism.expires.isoformat() if mechanism.expires else None,
        include_subdomains=mechanism.include_subdomains,
    )
