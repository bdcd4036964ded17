"""The oldest system of each release: whether its trust store leads from what a host sends to a key that is pinned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.checks.reach import Pinner, reach, usual_stores
from pinsmith.checks.store_warning import FIX_PATHS, FIX_UNTRUSTED, NOT_PUBLIC
from pinsmith.errors import CertificateError
from pinsmith.finding import Finding, Severity
from pinsmith.paths import find_store, store_of
from pinsmith.release import OnOldest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.checks.reach import Reach
    from pinsmith.release import Cohort, System

OLDEST_SYSTEM: Final = "oldest-system-locked-out"
_FOUND: Final[dict[str, tuple[str, str]]] = {
    "locked-out": ("are locked out, because no path to a root of that system has a pinned key", FIX_PATHS),
    "depends": ("may be locked out, because not every path to a root of that system has a pinned key", FIX_PATHS),
    "untrusted": ("cannot connect, whatever they pin", FIX_UNTRUSTED),
}


def with_oldest(check: HostCheck, sent: Chain, *, now: datetime) -> HostCheck:
    """
    Add to *check* what happens on the oldest system of each of its cohorts, and warn if users there are locked out.

    A cohort whose release records no system stays as it is. If the tables cannot tell, the cohort says so, and there is
    no warning. A release that is locked out everywhere gets none either, because the check fails for it.

    Args:
        check: The result, with its cohorts.

        sent: What the host sends, or would send, leaf first.

        now: Aware.
    """
    ders = [certificate.der for certificate in sent]
    try:
        cohorts = tuple(_asked(cohort, check.host, ders, now) for cohort in check.cohorts)
    except CertificateError:  # every client refuses such a chain, and the check says so
        return check
    return replace(check, cohorts=cohorts, findings=(*check.findings, *_findings(check, cohorts)))


def _asked(cohort: Cohort, host: str, ders: Sequence[bytes], now: datetime) -> Cohort:
    system, entry = cohort.release.oldest, cohort.release.find(host)
    if system is None or entry is None:
        return cohort
    id_ = store_of(system.platform, system.version)
    if id_ is None:
        return replace(cohort, oldest=OnOldest(system, None, "unknown", ("this system is not known",)))
    pinner = Pinner(cohort.release, entry)
    (found,) = reach(pinner, ders, [find_store(id_)], at=now)
    if found.outcome == "untrusted" and not found.possible and not _is_public(pinner, ders, now):
        return replace(cohort, oldest=OnOldest(system, id_, "unknown", (NOT_PUBLIC,)))
    return replace(cohort, oldest=OnOldest(system, id_, found.outcome, _why(found)))


def _is_public(pinner: Pinner, ders: Sequence[bytes], now: datetime) -> bool:
    """Say whether any trust store leads to a root. If none does, the app brings its own root, or nobody knows."""
    everywhere = reach(pinner, ders, usual_stores(), at=now)
    return any(one.possible or one.outcome not in {"untrusted", "unknown"} for one in everywhere)


def _why(found: Reach) -> tuple[str, ...]:
    missing = [f"more certificates would complete the path {' > '.join(one.names)}" for one in found.possible[:1]]
    return (*found.why, *missing) if found.outcome == "untrusted" else found.why


def _findings(check: HostCheck, cohorts: Sequence[Cohort]) -> Iterator[Finding]:
    alike: dict[tuple[System, str, tuple[str, ...]], list[Cohort]] = {}
    for cohort in cohorts:
        if cohort.oldest is not None and cohort.oldest.outcome in _FOUND and cohort.outcome != "locked-out":
            key = cohort.oldest.system, cohort.oldest.outcome, cohort.oldest.why
            alike.setdefault(key, []).append(cohort)
    for (system, outcome, why), group in alike.items():
        words, fix = _FOUND[outcome]
        whose = ", ".join(cohort.release.who for cohort in group)
        runs = "it runs" if len(group) == 1 else "they run"
        because = f" ({'; '.join(why)})" if why else ""
        message = f"users of {whose} on {system.title}, the oldest system that {runs} on, {words}{because}"
        options = f"--store {store_of(system.platform, system.version)}"
        fixed = fix.format(host=check.host, options=options)
        affected = tuple(cohort.release.affected(f"{words} on {system.title}{because}") for cohort in group)
        yield Finding(OLDEST_SYSTEM, Severity.HIGH, check.place, message, fixed, cohorts=affected)
