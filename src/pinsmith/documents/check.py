"""The documents of ``pinsmith check``: JSON, and JUnit and annotations for CI."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from pinsmith.certificate import Certificate
from pinsmith.checks.ending import left
from pinsmith.checks.host_check import LOCKED_OUT, hint_of, locked_out, refusal_lines, text_of, warns, words_of
from pinsmith.documents.certificate import certificate_facts
from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.documents.github import annotation, github
from pinsmith.documents.junit import Case, junit, properties_of
from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.certificate import UnreadableCertificate
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.release import Cohort, OnOldest


class PresentedOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One certificate that was compared with the pins.

    ``key`` is the name of the pinned key that it has, or null. ``days_left`` is negative after its end. A field that
    cannot be read is null.
    """

    pin: str | None
    key: str | None
    subject: str | None
    not_before: str | None
    not_after: str | None
    days_left: int | None


class OldestOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    The verdict on the oldest system of a release, which has a trust store of its own.

    ``system`` is such as ``android 26``, an API level, and ``title`` its name for people. ``store`` is the id of its
    trust store, or null if the system is not known. ``outcome`` and ``why`` are those of a store in the
    [document](#json-reach-document) of ``explain``; ``unknown`` never means that users are locked out.
    """

    system: str
    title: str
    store: str | None
    outcome: str
    why: list[str]


class CohortOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One release, and its verdict about the chain.

    ``outcome`` is ``accepts``, ``locked-out`` or ``not-enforced``. ``key`` is the name of the pinned key that it finds,
    or null. ``share`` is a percentage of users, or null. ``oldest`` is null if the oldest system is not recorded.
    """

    app: str
    version: str
    share: float | None
    outcome: str
    key: str | None
    why: str
    oldest: OldestOut | None


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    The result for one address; ``port`` and ``address`` are null for ``--certificate``.

    ``presented`` lists the certificates that were compared, leaf first. Those of a chain that did not verify are listed
    as the host presented them. ``pins_expire`` is null if the pins do not expire. ``via`` says how the host was reached
    if it was not by DNS and the system's authorities: an address, a proxy and a file of authorities, as far as they
    were used; otherwise it is null.
    """

    host: str
    port: int | None
    address: str | None
    via: str | None
    verdict: str
    matched_key: str | None
    reason: str | None
    message: str
    presented: list[PresentedOut]
    pins_expire: str | None
    pins_days_left: int | None
    findings: list[FindingOut]
    details: list[str]
    hint: str | None
    cohorts: list[CohortOut]


class CheckDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith check --format json``."""

    ok: bool
    hosts: list[CheckOut]


def check_document(
    checks: Sequence[HostCheck], void: str | None = None, *, now: datetime, strict: bool = False
) -> CheckDocument:
    """
    Describe *checks*.

    Args:
        checks: The results.

        void: Why there are none, if there should be some.

        now: When they were made; aware.

        strict: Whether warnings fail.
    """
    return CheckDocument(
        ok=void is None and not any(check.fails or (strict and warns(check)) for check in checks),
        hosts=[
            CheckOut(
                host=check.host,
                port=check.port,
                address=check.address,
                via=check.via,
                verdict=check.verdict,
                matched_key=check.matched_key,
                reason=check.reason,
                message=check.message,
                presented=_presented(check, now),
                pins_expire=str(check.entry.expires) if check.entry and check.entry.expires else None,
                pins_days_left=_days(left(check.entry.expires, now)) if check.entry and check.entry.expires else None,
                findings=[finding_out(finding) for finding in check.findings],
                details=list(check.details),
                hint=hint_of(check),
                cohorts=[_cohort(cohort) for cohort in check.cohorts],
            )
            for check in checks
        ],
    )


def _cohort(cohort: Cohort) -> CohortOut:
    release = cohort.release
    return CohortOut(
        app=release.app,
        version=release.version,
        share=release.share,
        outcome=cohort.outcome,
        key=cohort.key,
        why=cohort.why,
        oldest=None if cohort.oldest is None else _oldest(cohort.oldest),
    )


def _oldest(found: OnOldest) -> OldestOut:
    return OldestOut(
        system=str(found.system),
        title=found.system.title,
        store=found.store,
        outcome=found.outcome,
        why=list(found.why),
    )


def _presented(check: HostCheck, now: datetime) -> list[PresentedOut]:
    names = {key.pin: key.name for key in check.entry.keys} if check.entry else {}
    return [
        PresentedOut(
            pin=facts["pin"],
            key=names.get(certificate.pin) if isinstance(certificate, Certificate) else None,
            subject=facts["subject"],
            not_before=facts["not_before"],
            not_after=facts["not_after"],
            days_left=_days_left(certificate, now),
        )
        for certificate in check.chain or ()
        for facts in [certificate_facts(certificate)]
    ]


def _days_left(certificate: Certificate | UnreadableCertificate, now: datetime) -> int | None:
    try:
        return _days(certificate.not_after - now) if isinstance(certificate, Certificate) else None
    except CertificateError:
        return None


def _days(time: timedelta) -> int:
    return time // timedelta(days=1)


def check_junit(checks: Sequence[HostCheck], void: str | None = None, *, strict: bool = False) -> str:
    """
    Write *checks* as JUnit XML: a test case for each, failed for a mismatch, in error for what could not be read.

    If *void* says that there was nothing to check, it becomes a failed case, because CI takes an empty report for a
    good one. With *strict*, a warning is a failure too.
    """
    cases = [Case("hosts", "failure", void, "no-hosts")] if void else []
    return junit("check", [*cases, *(_case(check, strict=strict) for check in checks)])


def check_github(checks: Sequence[HostCheck], void: str | None = None) -> Iterator[str]:
    """
    Write *checks* as workflow commands: an error for each that failed, and one for each warning; *void* as above.

    A result that did not fail is a notice if the host was not reached in the usual way.
    """
    if void:
        yield annotation("error", "no-hosts", [void])
    for check in checks:
        if check.fails:
            yield annotation("error", _code(check), [f"{check.place} {text_of(check)}", *refusal_lines(check)])
        elif check.via:
            yield annotation("notice", "via", [f"{check.place} {text_of(check)}"])
        yield from github(check.findings)


def _case(check: HostCheck, *, strict: bool) -> Case:
    warnings = tuple(f"warning: {finding.text}" for finding in check.findings)
    if check.via:
        warnings = (f"via {check.via}", *warnings)
    refused = [cohort.release.affected(f"is locked out: {cohort.why}") for cohort in locked_out(check)]
    cohorts = properties_of([*refused, *(cohort for finding in check.findings for cohort in finding.cohorts)])
    if strict and warns(check) and not check.fails:
        worst = max(check.findings, key=lambda finding: finding.severity)
        text = f"{check.host}: {worst.text}"
        return Case(str(check.place), "failure", text, worst.rule, output=warnings, properties=cohorts)
    if not check.fails:
        return Case(str(check.place), output=warnings, properties=cohorts)
    return Case(
        str(check.place),
        "error" if check.verdict == "unreachable" else "failure",
        f"{check.host} {words_of(check)}",
        _code(check),
        tuple(refusal_lines(check)),
        warnings,
        properties=cohorts,
    )


def _code(check: HostCheck) -> str:
    return LOCKED_OUT if check.fault == "locked-out" else check.reason or check.verdict
