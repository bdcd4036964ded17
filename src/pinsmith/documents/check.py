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


def check_document(checks: Sequence[HostCheck], void: str | None = None, *, strict: bool = False) -> CheckDocument:
    """Describe *checks*; *void* says why there are none, if there should be some. With *strict*, warnings fail."""
    return CheckDocument(
        ok=void is None and not any(check.fails or (strict and check.warns) for check in checks),
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


def check_junit(checks: Sequence[HostCheck], void: str | None = None, *, strict: bool = False) -> str:
    """
    Write *checks* as JUnit XML: a test case for each, failed for a mismatch, in error for what could not be read.

    If *void* says that there was nothing to check, it becomes a failed case, because CI takes an empty report for a
    good one. With *strict*, a warning is a failure too.
    """
    cases = [Case("hosts", "failure", void, "no-hosts")] if void else []
    return junit("check", [*cases, *(_case(check, strict=strict) for check in checks)])


def _case(check: HostCheck, *, strict: bool) -> Case:
    warnings = tuple(f"warning: {finding.text}" for finding in check.findings)
    if strict and check.warns and not check.fails:
        worst = max(check.findings, key=lambda finding: finding.severity)
        return Case(str(check.place), "failure", f"{check.host}: {worst.text}", worst.rule, output=warnings)
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
