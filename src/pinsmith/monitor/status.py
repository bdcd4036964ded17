"""
In which state a host is, and why: from the results of one round, and what the host presented before.

From one network, nobody can tell an attack from a mistake for certain. So `interception` is a suspicion with its
evidence, and in both cases clients are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.authorities import memberships
from pinsmith.certificate import Certificate
from pinsmith.checks.host_check import RELEASED, locked_out
from pinsmith.errors import CertificateError
from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.monitor.observation import observed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.monitor.observation import Observation

State = Literal["ok", "warning", "lockout-imminent", "lockout", "interception", "unreachable"]

# From good to bad. Nothing is known about the pins of a host that does not answer.
MEANINGS: Final[dict[State, str]] = {
    "ok": "Clients are accepted, and nothing is about to go wrong.",
    "warning": "Clients are accepted, and something will go wrong if nobody acts.",
    "unreachable": "No address of the host could be read.",
    "lockout-imminent": "Clients are accepted, and will be refused within days if nobody acts.",
    "lockout": "Clients are refused.",
    "interception": "Clients are refused, and the chain looks like that of somebody else.",
}
WORSE: Final[dict[State, int]] = {state: rank for rank, state in enumerate(MEANINGS)}
"""How bad a state is; a greater number is worse."""

# A certificate with less than this part of its lifetime left should have been renewed long ago.
_LATE: Final = 0.1
_LATEST: Final = timedelta(days=14)
# Warnings of the lowest severity that are worth waking somebody: a standby key is in service.
_WORTH: Final = frozenset({"standby-in-service"})


@dataclass(frozen=True, slots=True)
class Status:
    """
    The state of a host.

    Attributes:
        state: In one word, see `MEANINGS`.
        reasons: Why, the worst first; empty if the state is ``ok``.
        changes: What is different from the round before, as findings; they do not make a state worse.
    """

    state: State
    reasons: tuple[Finding, ...] = ()
    changes: tuple[Finding, ...] = ()


def judge(checks: Sequence[HostCheck], before: Observation | None, *, now: datetime) -> Status:
    """
    Judge the results of one round.

    Args:
        checks: From `pinsmith.checks.check_host`, at least one, all of one host and port.

        before: What the host presented when it last answered, see `Memory`; None if it never has.

        now: Aware.

    Returns:
        The worst state that the results allow, with its reasons and those of all better states.
    """
    answered = [check for check in checks if check.verdict != "unreachable"]
    if not answered:
        return Status("unreachable", tuple(_unreachable(check) for check in checks))
    found: list[tuple[State, Finding]] = [
        *(_refusal(check, answered, before) for check in answered if _refuses(check)),
        *(("warning", _unreachable(check)) for check in checks if check.verdict == "unreachable"),
        *(("lockout", finding) for check in answered for finding in _releases(check)),
        *_near(checks, now),
        # The first result has the warnings about the host as a whole, even if that address is silent.
        *(("warning", finding) for check in checks for finding in [*_not_enforced(check), *_warnings(check)]),
    ]
    found.sort(key=lambda each: (-WORSE[each[0]], -each[1].severity))
    state = found[0][0] if found else "ok"
    reasons = tuple(dict.fromkeys(finding for _, finding in found))
    # The chain of a stranger is not a change of the host, and `conclude` does not remember it.
    return Status(state, reasons, () if state == "interception" else tuple(_changes(checks, before)))


def judge_canary(checks: Sequence[HostCheck]) -> Status:
    """
    Judge a host that is pinned wrongly on purpose, to prove that a mismatch is noticed.

    Args:
        checks: As for `judge`.

    Returns:
        ``ok`` if its pins do not match, as they should.
    """
    answered = [check for check in checks if check.verdict != "unreachable"]
    if not answered:
        return Status("unreachable", tuple(_unreachable(check) for check in checks))
    accepted = [check for check in answered if check.verdict != "mismatched"]
    fix = "pin a key in the entry of this host that no server has"
    return Status(
        "warning" if accepted else "ok",
        tuple(
            Finding(
                "canary-not-refused", Severity.HIGH, check.place, f"the canary is not refused: {check.message}", fix
            )
            for check in accepted
        ),
    )


def _refuses(check: HostCheck) -> bool:
    enforced = check.entry is None or check.entry.mode == "enforce"
    return check.verdict == "not-verified" or (check.verdict == "mismatched" and enforced)


def _refusal(check: HostCheck, answered: Sequence[HostCheck], before: Observation | None) -> tuple[State, Finding]:
    evidence = _evidence(check, answered, before)
    message = (
        f"clients are refused: it {check.message}"
        if check.verdict == "mismatched"
        else (f"clients are refused: {check.message}")
    )
    if evidence is None:
        return "lockout", Finding("clients-refused", Severity.HIGH, check.place, message, check.hint)
    message += f"; {evidence}"
    fix = (
        f"compare with `pinsmith fetch {check.host}` run from another network, and pin nothing before you know whose "
        "key it is"
    )
    return "interception", Finding("interception-suspected", Severity.HIGH, check.place, message, fix)


def _releases(check: HostCheck) -> Iterator[Finding]:
    for cohort in locked_out(check):
        message = f"{cohort.release.who} is locked out: {cohort.why}"
        fix = (
            "present a key that this release pins until nobody uses it any more; `pinsmith release end "
            f"{cohort.release}` stops checking it"
        )
        affected = cohort.release.affected(f"is locked out: {cohort.why}")
        yield Finding("old-release-refused", Severity.HIGH, check.place, message, fix, cohorts=(affected,))


def _evidence(check: HostCheck, answered: Sequence[HostCheck], before: Observation | None) -> str | None:
    """Say what points to somebody else between the host and this machine; None if nothing does."""
    if check.reason == "compromised-authority":
        return "anybody with that key can impersonate the host"
    issuer = _issuer(check)
    if issuer is None:
        return None
    known = before.trusted.issuers if before is not None else frozenset[str]()
    if check.reason == "untrusted-chain" and known and issuer not in known:
        return f"before, the chain was trusted, and now {issuer} has issued it"
    others = {_issuer(other) for other in answered if other.verdict == "matched"}
    if check.reason == "no-pinned-key" and others and issuer not in others | known:
        return f"only some addresses present it, and {issuer}, which has issued it, was never seen at this host"
    return None


def _issuer(check: HostCheck) -> str | None:
    leaf = _leaf(check)
    try:
        return leaf.issuer if leaf else None
    except CertificateError:
        return None


def _leaf(check: HostCheck) -> Certificate | None:
    return check.chain.leaf if check.chain else None


def _unreachable(check: HostCheck) -> Finding:
    message = f"it could not be read: {check.message}"
    fix = check.hint or f"run `pinsmith fetch {check.host}`, also from another network"
    return Finding("host-unreachable", Severity.MEDIUM, check.place, message, fix)


def _not_enforced(check: HostCheck) -> Iterator[Finding]:
    if check.verdict == "not-pinned" and check.reason not in {"off", RELEASED}:
        fix = check.hint or "set a later expires for this host, run `pinsmith sync`, and release the new pins"
        yield Finding("pins-not-enforced", Severity.HIGH, check.place, check.message, fix)
    if check.verdict == "mismatched" and not _refuses(check):
        yield Finding("report-only-mismatch", Severity.MEDIUM, check.place, check.message, check.hint)


def _warnings(check: HostCheck) -> Iterator[Finding]:
    for finding in check.findings:
        if finding.severity >= Severity.MEDIUM or finding.rule in _WORTH:
            yield finding
    anchor = tuple(check.chain)[-1] if check.chain and check.verdict == "matched" else None
    if isinstance(anchor, Certificate):
        gone = [store for store in memberships(anchor.pin) if store.gone and store.is_current]
        if gone:
            where = ", ".join(f"{store.title} (since {store.gone})" for store in gone)
            message = f"the chain ends in a root that is no longer in the trust store of {where}"
            fix = "find out whether the host also sends a chain to another root that is pinned"
            yield Finding("root-left-store", Severity.MEDIUM, HostPlace(check.host), message, fix)


def _near(checks: Sequence[HostCheck], now: datetime) -> Iterator[tuple[State, Finding]]:
    """Find what will refuse clients within days."""
    rules = {finding.rule for check in checks for finding in check.findings}
    if {"standby-in-service", "no-backup"} <= rules:
        host = checks[0].host
        message = "the last standby key is in service, so the loss of this key locks all clients out"
        fix = f"pin a new key and release it: `pinsmith add {host} --generate-backup`"
        yield "lockout-imminent", Finding("no-reserve", Severity.HIGH, HostPlace(host), message, fix)
    for check in checks:
        leaf = _leaf(check)
        if check.verdict == "matched" and leaf is not None and (end := _late(leaf, now)):
            message = f"its certificate ends at {end:%Y-%m-%d %H:%M} UTC and was not renewed in time"
            fix = (
                "renew it now with the same key, or with one that is pinned; before you deploy it, run "
                f"`pinsmith check {check.host} --certificate FILE`"
            )
            yield "lockout-imminent", Finding("renewal-late", Severity.HIGH, check.place, message, fix)


def _late(leaf: Certificate, now: datetime) -> datetime | None:
    try:
        start, end = leaf.not_before, leaf.not_after
    except CertificateError:
        return None
    return end if end - now < min(_LATE * (end - start), _LATEST) else None


def _changes(checks: Sequence[HostCheck], before: Observation | None) -> Iterator[Finding]:
    if before is None:
        return
    after = observed(checks)
    place = HostPlace(after.host, after.port)
    if new := sorted(after.issuers - before.issuers):
        message = f"another authority has issued its certificate: {'; '.join(new)}"
        fix = "find out whether this was planned, and whether all apps that are out there pin it"
        yield Finding("issuer-changed", Severity.LOW, place, message, fix)
    names = {str(key.pin): key.name for check in checks if check.entry for key in check.entry.keys}
    for pin in sorted(after.leaves - before.leaves):
        told = names.get(pin, f"a key that is not pinned by itself ({pin})")
        yield Finding("key-changed", Severity.LOW, place, f"it presents another key: {told}", None, pin=pin)
    complete = all(check.verdict != "unreachable" for check in checks)
    for pin in sorted((before.pins - after.pins) & names.keys()) if complete else ():
        message = f"it no longer presents {names[pin]}"
        yield Finding("pin-withdrawn", Severity.LOW, place, message, None, pin=pin)
    if after.chains - before.chains and after.leaves == before.leaves and after.issuers == before.issuers:
        yield Finding("chain-changed", Severity.INFO, place, "it presents another chain with the same key", None)
