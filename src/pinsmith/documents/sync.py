"""The documents of ``pinsmith sync --check``: JSON, and JUnit for CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.documents.junit import Case, junit, properties_of
from pinsmith.finding import FilePlace, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.finding import Finding
    from pinsmith.sync import Comparison


class SyncFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """One file that the pin file demands; ``up_to_date`` is false if its content differs or it does not exist."""

    path: str
    format: str
    up_to_date: bool


class SyncDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith sync --check --format json``.

    ``ok`` is false if a finding is ``high``. ``path`` in ``files`` is relative to the folder of the pin file, as the
    pin file writes it.
    """

    ok: bool
    files: list[SyncFileOut]
    findings: list[FindingOut]


def sync_document(comparison: Comparison, findings: Sequence[Finding]) -> SyncDocument:
    """Describe *comparison*, and the *findings* about it."""
    return SyncDocument(
        ok=all(finding.severity < Severity.HIGH for finding in findings),
        files=[
            SyncFileOut(path=change.name, format=change.format, up_to_date=not change.is_needed)
            for change in comparison.changes
        ],
        findings=[finding_out(finding) for finding in findings],
    )


def sync_junit(comparison: Comparison, findings: Sequence[Finding]) -> str:
    """Write a test case for each file, with its findings, and one for each finding about something else."""
    places = {str(comparison.path.parent / change.name): change.name for change in comparison.changes}
    about: dict[str, list[Finding]] = {name: [] for name in places.values()}
    for finding in findings:
        file = finding.place.file if isinstance(finding.place, FilePlace) else None
        about.setdefault(places.get(file or "", str(finding.place or comparison.path)), []).append(finding)
    return junit("sync", [_case(name, found) for name, found in about.items()])


def _case(name: str, findings: Sequence[Finding]) -> Case:
    failures = [finding for finding in findings if finding.severity >= Severity.HIGH]
    warnings = tuple(f"warning: {finding.text}" for finding in findings if finding not in failures)
    cohorts = properties_of(cohort for finding in findings for cohort in finding.cohorts)
    if not failures:
        return Case(name, output=warnings, properties=cohorts)
    first, *others = failures
    details = tuple(finding.summary for finding in others)
    return Case(name, "failure", first.summary, first.rule, details, warnings, properties=cohorts)
