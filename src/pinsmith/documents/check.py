"""The documents of ``pinsmith check``: JSON, and JUnit for CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.documents.junit import Case, junit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.checks.host_check import HostCheck


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one address; ``port`` and ``address`` are null for ``--certificate``."""

    host: str
    port: int | None
    address: str | None
    verdict: str
    matched_key: str | None
    reason: str | None
    message: str
    findings: list[FindingOut]
    details: list[str]
    hint: str | None


class CheckDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith check --format json``."""

    ok: bool
    hosts: list[CheckOut]


def check_document(checks: Sequence[HostCheck], void: str | None = None) -> CheckDocument:
    """Describe *checks*; *void* says why there are none, if there should be some."""
    return CheckDocument(
        ok=void is None and not any(check.fails for check in checks),
        hosts=[
            CheckOut(
                host=check.host,
                port=check.port,
                address=check.address,
                verdict=check.verdict,
                matched_key=check.matched_key,
                reason=check.reason,
                message=check.message,
                findings=[finding_out(finding) for finding in check.findings],
                details=list(check.details),
                hint=check.hint,
            )
            for check in checks
        ],
    )


def check_junit(checks: Sequence[HostCheck], void: str | None = None) -> str:
    """
    Write *checks* as JUnit XML: a test case for each, failed for a mismatch, in error for what could not be read.

    If *void* says that there was nothing to check, it becomes a failed case, because CI takes an empty report for a
    good one.
    """
    cases = [Case("hosts", "failure", void, "no-hosts")] if void else []
    return junit("check", [*cases, *map(_case, checks)])


def _case(check: HostCheck) -> Case:
    warnings = tuple(f"warning: {finding.text}" for finding in check.findings)
    if not check.fails:
        return Case(str(check.place), output=warnings)
    hint = [f"hint: {check.hint}"] if check.hint else []
    return Case(
        str(check.place),
        "error" if check.verdict == "unreachable" else "failure",
        f"{check.host} {check.message}",
        check.reason or check.verdict,
        (*check.details, *hint),
        warnings,
    )
