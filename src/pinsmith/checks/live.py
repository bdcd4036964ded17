"""
Compare the pins with the chains of live hosts: one result per address, with warnings of what is about to go wrong.

A mismatch means that clients are refused now. Clients refuse a chain that does not verify before they look at pins, so
it is a separate result (`pinsmith.checks.chain_fault`). A warning means that clients will be refused if nobody acts
(`pinsmith.checks.warning`).

No socket, no file, no clock: outcomes of `pinsmith.probe.survey` and the time are arguments.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.checks.chain_fault import fault_of
from pinsmith.checks.cohort import with_cohorts
from pinsmith.checks.correction import corrections
from pinsmith.checks.host_check import HostCheck, check_of_verdict
from pinsmith.checks.warning import USUAL, Horizon, chain_warnings, correction_warning, entry_warnings
from pinsmith.probe import Failed
from pinsmith.verdict import Matched, Mismatched, decide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe import Fetched, FetchOutcome, Target
    from pinsmith.release import Release
    from pinsmith.verdict import Verdict

_LOCKED_OUT: Final = (
    "clients stay locked out until the host presents a pinned key again; if nobody changed its key, compare with "
    "`pinsmith fetch {host}` run from another network"
)


def check_host(
    policy: Policy,
    outcomes: Sequence[FetchOutcome],
    *,
    now: datetime,
    warn_within: timedelta | None = None,
    lead_time: timedelta = timedelta(),
    releases: Sequence[Release] = (),
) -> list[HostCheck]:
    """
    Compare everything one host presents with its pins.

    Args:
        policy: The pins.

        outcomes: All outcomes of one host and port: of its addresses and kinds of key.

        now: Aware.

        warn_within: How long before their end certificates and pins are warned about; None for the usual time.

        lead_time: How long users take to update; the usual time is never shorter.

        releases: The shipped releases that are in use.

    Returns:
        A check for each outcome, in their order. The first one has the warnings about the host as a whole.

    Raises:
        ValueError: If *now* is naive.
    """
    horizon = Horizon(warn_within, lead_time)
    checks = [
        _asked(check_outcome(policy, outcome, now=now, horizon=horizon), outcome, releases, now) for outcome in outcomes
    ]
    if not checks:
        return checks
    entry = policy.find(outcomes[0].target.host)
    if entry is not None and any(check.verdict in {"matched", "mismatched", "not-verified"} for check in checks):
        fetched = [outcome for outcome in outcomes if not isinstance(outcome, Failed)]
        chains = [chain for outcome in fetched if (chain := _decisive(entry, outcome))]
        names = {key.name for key in entry.keys}
        wrong = [correction for correction in corrections(policy, outcomes) if correction.name in names]
        corrected = [correction_warning(entry.host, correction) for correction in wrong]
        found = (*checks[0].findings, *corrected, *entry_warnings(entry, chains, now, horizon))
        checks[0] = replace(checks[0], findings=found)
    return checks


def check_outcome(policy: Policy, outcome: FetchOutcome, *, now: datetime, horizon: Horizon = USUAL) -> HostCheck:
    """
    Compare one chain with the pins of its host; the arguments as for `check_host`.

    Raises:
        ValueError: If *now* is naive.
    """
    target = outcome.target
    if isinstance(outcome, Failed):
        error = outcome.error
        reason = getattr(error, "reason", str(error))
        return HostCheck(target.host, target.port, outcome.address, "unreachable", error.code, reason, hint=error.hint)
    verdict = verdict_of(policy, outcome, now=now)
    entry = policy.find(target.host)
    check = replace(
        check_of_verdict(verdict, target.host, target.port, outcome.address),
        entry=entry,
        chain=_decisive(entry, outcome) or outcome.presented,
    )
    if isinstance(verdict, Mismatched) and verdict.reason in {"no-verified-chain", "wrong-host-name"}:
        fault = fault_of(outcome, now=now, pins_only=verdict.reason == "wrong-host-name")
        shown = ["presented, leaf first, but not verified:", *(f"  {line}" for line in outcome.presented.summary())]
        details = (*shown, *check.details[check.details.index("pinned:") :])
        return replace(
            check,
            verdict="not-verified",
            reason=fault.code,
            message=fault.message,
            details=details,
            hint=_hint(target, fault.hint),
        )
    if isinstance(verdict, Matched) and (chain := _decisive(verdict.entry, outcome)):
        found = chain_warnings(target.host, chain, now, horizon, pins_authority=verdict.key.is_authority)
        return replace(check, findings=tuple(found))
    if isinstance(verdict, Mismatched):
        refused = verdict.enforced and verdict.reason == "no-pinned-key"
        return replace(check, hint=_hint(target, _LOCKED_OUT.format(host=target.host) if refused else check.hint))
    return check


def _asked(check: HostCheck, outcome: FetchOutcome, releases: Sequence[Release], now: datetime) -> HostCheck:
    """Add what *releases* do with the chain."""
    if isinstance(outcome, Failed):
        return check
    return with_cohorts(check, releases, verified=outcome.verified, presented=outcome.presented, now=now)


def _hint(target: Target, usual: str | None) -> str | None:
    """Return the fix of a chain that clients refuse. A proxy comes first, because it may have made the chain."""
    if target.proxy is None:
        return usual
    made = f"the proxy {target.proxy} may have replaced the certificate"
    return f"{made}: check on a network without it, or with --proxy none"


def verdict_of(policy: Policy, fetched: Fetched, *, now: datetime) -> Verdict:
    """
    Decide what clients of *policy* would do with what a live host presents.

    Raises:
        ValueError: If *now* is naive.
    """
    host = fetched.target.host
    verdict = decide(policy, host, _decisive(policy.find(host), fetched), now=now)
    return _named(verdict, fetched) if isinstance(verdict, Matched) else verdict


def _decisive(entry: HostPins | None, fetched: Fetched) -> Chain | None:
    return fetched.presented if entry is not None and entry.trust == "pins-only" else fetched.verified


def _named(verdict: Matched, fetched: Fetched) -> Matched | Mismatched:
    entry = verdict.entry
    if entry.trust != "pins-only" or not entry.check_host_name:
        return verdict  # OpenSSL has checked the name of a verified chain
    leaf = fetched.presented.leaf
    if leaf is not None and leaf.covers(verdict.host):
        return verdict
    return Mismatched(verdict.host, entry, fetched.presented, "wrong-host-name")
