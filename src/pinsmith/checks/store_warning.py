"""Warn of clients that lose a host because of their trust store: other clients than the one of this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.checks.reach import alike, pinners_of, reach
from pinsmith.errors import CertificateError
from pinsmith.finding import Finding, HostPlace, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.checks.reach import Pinner, Reach, ReachOutcome
    from pinsmith.paths import Store
    from pinsmith.policy import Policy
    from pinsmith.release import Release

FIX_PATHS: Final = (
    "pin a key that every path contains, such as that of your server; "
    "`pinsmith explain {host} {options}` shows the paths"
)
FIX_UNTRUSTED: Final = (
    "send the certificate by which an older root has signed the new one, if there is one, or accept that these clients "
    "are refused"
)
_FIX_UNKNOWN: Final = "try one of these clients, because the tables cannot tell"
NOT_PUBLIC: Final = "no trust store is known to contain a root of the chain"
# The rule, its severity, and the words around the trust store.
_FOUND: Final[dict[ReachOutcome, tuple[str, Severity, str, str]]] = {
    "locked-out": ("store-locked-out", Severity.HIGH, "are locked out, because no path has a pinned key", FIX_PATHS),
    "depends": (
        "store-path-not-pinned",
        Severity.HIGH,
        "may be locked out, because not every path has a pinned key",
        FIX_PATHS,
    ),
    "untrusted": ("store-untrusted", Severity.MEDIUM, "refuse the chain, whatever they pin", FIX_UNTRUSTED),
    "unknown": ("store-unknown", Severity.INFO, "may or may not reach the host", _FIX_UNKNOWN),
}


def with_stores(
    check: HostCheck,
    sent: Chain | None,
    policy: Policy,
    releases: Sequence[Release],
    stores: Sequence[Store],
    *,
    now: datetime,
) -> HostCheck:
    """
    Add to *check* which clients lose the host, with the pins of *policy* and of each release, in each trust store.

    Args:
        check: The result.

        sent: What the host sends, or would send, leaf first; None if nothing could be read.

        policy: The pin file.

        releases: The shipped releases that are in use.

        stores: From `pinsmith.checks.reach.usual_stores` or `pinsmith.paths.find_store`.

        now: Aware.
    """
    if not sent or not stores:
        return check
    ders = [certificate.der for certificate in sent]
    try:
        found = [(pinner, reach(pinner, ders, stores, at=now)) for pinner in pinners_of(check.host, policy, releases)]
    except CertificateError:  # every client refuses such a chain, and the check says so
        return check
    return replace(check, findings=(*check.findings, *_findings(check, found)))


def _findings(check: HostCheck, found: Sequence[tuple[Pinner, Sequence[Reach]]]) -> Iterator[Finding]:
    place = HostPlace(check.host, check.port, check.address)
    outcomes = {one.outcome for _, reaches in found for one in reaches}
    is_public = any(one.possible for _, reaches in found for one in reaches)
    if outcomes and outcomes <= {"untrusted", "unknown"} and not is_public:
        yield Finding(
            "store-unknown", Severity.INFO, place, f"{NOT_PUBLIC}, so --stores says nothing about the host", None
        )
        return
    said: set[str] = set()
    for pinner, reaches in found:
        for title, same in alike(reaches):
            if same[0].outcome not in _FOUND:
                continue
            rule, severity, words, fix = _FOUND[same[0].outcome]
            if same[0].outcome == "untrusted" and same[0].possible:
                fix = f"send more certificates, to complete the path {' > '.join(same[0].possible[0].names)}"
            pinned = rule in {"store-locked-out", "store-path-not-pinned"}
            whose = f" and the pins of {pinner.who}" if pinned else ""
            why = f" ({'; '.join(same[0].why)})" if same[0].why else ""
            message = f"clients with the trust store of {title}{whose} {words}{why}"
            if message not in said:  # whether a chain is trusted does not depend on pins
                said.add(message)
                yield Finding(rule, severity, place, message, fix.format(host=check.host, options="--stores"))
