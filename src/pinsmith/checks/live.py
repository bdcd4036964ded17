"""
The pins against what live hosts present: one result per address, with warnings of what is about to go wrong.

A mismatch is what clients would meet now. A chain that does not verify is refused before anybody looks at pins, so it
is a result of its own (`pinsmith.checks.chain_fault`). A warning is what they will meet if nobody acts: no backup, a
key that is pinned but served no more, a certificate or pins that run out.

No socket, no file, no clock: outcomes of `pinsmith.probe.survey` and the time are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith import ending
from pinsmith.authorities import vouched
from pinsmith.certificate import Certificate
from pinsmith.checks.chain_fault import fault_of
from pinsmith.checks.correction import corrections
from pinsmith.errors import CertificateError
from pinsmith.host import private_suffix_remark
from pinsmith.probe import Failed
from pinsmith.tls._name import covers
from pinsmith.verdict import Matched, Mismatched, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.checks.correction import Correction
    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe import Fetched, FetchOutcome
    from pinsmith.verdict import NotPinned, Verdict

Word = Literal["matched", "mismatched", "not-verified", "not-pinned", "unreachable"]

# A certificate that is renewed at two thirds of its life never has so little left, whatever its lifetime.
FRACTION: Final = 0.25

_NOT_PINNED: Final = {
    "no-entry": "no entry of the pin file covers it",
    "expired": "its pins have expired and are not enforced any more",
    "off": 'its entry says mode = "off"',
}


@dataclass(frozen=True, slots=True)
class Warn:
    """
    Something that is about to go wrong.

    Attributes:
        code: Kebab-case, stable.
        text: One sentence without a full stop.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class HostCheck:
    """
    The result for one address of a host.

    Attributes:
        host: Canonical.
        port: Of the service; None where no service was asked.
        address: The numeric address; None if it never came to that.
        verdict: In one word.
        reason: Why it is not matched, kebab-case; None if it is.
        message: The verdict in words, to be read after the host.
        matched_key: The name of the key that matched.
        details: More lines, such as the keys presented and pinned.
        hint: What to do.
        warnings: See `Warn`.
    """

    host: str
    port: int | None
    address: str | None
    verdict: Word
    reason: str | None
    message: str
    matched_key: str | None = None
    details: tuple[str, ...] = ()
    hint: str | None = None
    warnings: tuple[Warn, ...] = ()


def check_host(policy: Policy, outcomes: Sequence[FetchOutcome], *, now: datetime) -> list[HostCheck]:
    """
    Compare everything one host presents with its pins.

    Args:
        policy: The pins.

        outcomes: All of one host and port: its addresses, its kinds of key.

        now: Aware.

    Returns:
        One for each outcome, in their order. Warnings about the host as a whole stand at the first.

    Raises:
        ValueError: *now* is naive.
    """
    checks = [judge(policy, outcome, now=now) for outcome in outcomes]
    if not checks:
        return checks
    entry = policy.find(outcomes[0].target.host)
    if entry is not None and any(check.verdict in {"matched", "mismatched", "not-verified"} for check in checks):
        chains = [chain for each in outcomes if not isinstance(each, Failed) and (chain := _judged(entry, each))]
        wrong = [each for each in corrections(policy, outcomes) if each.name in {key.name for key in entry.keys}]
        told = (*map(_of_correction, wrong), *_of_entry(entry, chains, now))
        checks[0] = replace(checks[0], warnings=(*checks[0].warnings, *told))
    return checks


def judge(policy: Policy, outcome: FetchOutcome, *, now: datetime) -> HostCheck:
    """
    Compare one chain with the pins of its host.

    Raises:
        ValueError: *now* is naive.
    """
    target = outcome.target
    if isinstance(outcome, Failed):
        error = outcome.error
        reason = getattr(error, "reason", str(error))
        return HostCheck(target.host, target.port, outcome.address, "unreachable", error.code, reason, hint=error.hint)
    verdict = verdict_of(policy, outcome, now=now)
    check = describe(verdict, target.host, target.port, outcome.address)
    if isinstance(verdict, Mismatched) and verdict.reason in {"no-verified-chain", "wrong-host-name"}:
        fault = fault_of(outcome, now=now, pins_only=verdict.reason == "wrong-host-name")
        shown = ["presented, leaf first, but not verified:", *(f"  {line}" for line in outcome.presented.summary())]
        details = (*shown, *check.details[check.details.index("pinned:") :])
        return replace(
            check, verdict="not-verified", reason=fault.code, message=fault.message, details=details, hint=fault.hint
        )
    if isinstance(verdict, Matched) and (chain := _judged(verdict.entry, outcome)):
        return replace(check, warnings=tuple(_of_chain(chain, now)))
    return check


def verdict_of(policy: Policy, fetched: Fetched, *, now: datetime) -> Verdict:
    """
    Decide what clients of *policy* would do with what a live host presents.

    Raises:
        ValueError: *now* is naive.
    """
    host = fetched.target.host
    verdict = decide(policy, host, _judged(policy.find(host), fetched), now=now)
    return _named(verdict, fetched) if isinstance(verdict, Matched) else verdict


def describe(verdict: Matched | Mismatched | NotPinned, host: str, port: int | None, address: str | None) -> HostCheck:
    """Put *verdict* into words."""
    if isinstance(verdict, Matched):
        message = f"presents {verdict.key.name}"
        return HostCheck(host, port, address, "matched", None, message, matched_key=verdict.key.name)
    if isinstance(verdict, Mismatched):
        error = verdict.error()
        message = verdict.why if verdict.enforced else f"{verdict.why} (report-only: clients may go on)"
        return HostCheck(
            host, port, address, "mismatched", verdict.reason, message, details=error.details, hint=error.hint
        )
    message = f"is not pinned: {_NOT_PINNED[verdict.reason]}"
    hint = f"pin it with `pinsmith add {host}`" if verdict.reason == "no-entry" else None
    return HostCheck(host, port, address, "not-pinned", verdict.reason, message, hint=hint)


def certificate_warning(certificate: Certificate, now: datetime) -> Warn | None:
    """Warn if less than `FRACTION` of the lifetime of *certificate* is left; None also if its dates cannot be read."""
    try:
        start, end = certificate.not_before, certificate.not_after
        name = certificate.subject or "the certificate"
    except CertificateError:
        return None
    if end - now >= FRACTION * (end - start):
        return None
    return Warn("certificate-expires", f"{name} expires on {end:%Y-%m-%d}, {_days(end - now)} from now")


def _judged(entry: HostPins | None, fetched: Fetched) -> Chain | None:
    return fetched.presented if entry is not None and entry.trust == "pins-only" else fetched.verified


def _named(verdict: Matched, fetched: Fetched) -> Matched | Mismatched:
    entry = verdict.entry
    if entry.trust != "pins-only" or not entry.check_host_name:
        return verdict  # OpenSSL has checked the name of a verified chain
    leaf = fetched.presented.leaf
    if leaf is not None and covers(leaf, verdict.host):
        return verdict
    return Mismatched(verdict.host, entry, fetched.presented, "wrong-host-name")


def _of_chain(chain: Chain, now: datetime) -> Iterator[Warn]:
    # The trust anchor is left out: clients do not look at its dates in one way.
    below = chain.certificates[:-1] or chain.certificates
    for certificate in below:
        if isinstance(certificate, Certificate) and (warning := certificate_warning(certificate, now)):
            yield warning


def _of_entry(entry: HostPins, chains: Sequence[Chain], now: datetime) -> Iterator[Warn]:
    if chains:
        yield from _of_keys(entry, _pins(chains))
    for key in entry.keys:
        if signer := vouched(key.pin):
            yield Warn(
                "vouched-for-compromised",
                f"the pin {key.name} let attackers in: {signer.why} ({signer.source}). Pin a key of your own or "
                "another authority instead",
            )
    if entry.include_subdomains and (remark := private_suffix_remark(entry.host)):
        yield Warn("private-suffix", remark)
    if entry.expires is None:
        return
    left = ending.left(entry.expires, now)
    if timedelta() < left < max(ending.WARNING_TIME, *(FRACTION * _lifetime(chain) for chain in chains), timedelta()):
        yield Warn(
            "pins-expire", f"the pins expire on {entry.expires}, {_days(left)} from now; then nothing is enforced"
        )


def _of_keys(entry: HostPins, served: set[Pin]) -> Iterator[Warn]:
    unserved = [key for key in entry.keys if key.pin not in served]
    if not unserved:
        yield Warn(
            "no-backup",
            "every pinned key is in the served chain, so there is no backup (RFC 7469 section 4.3): "
            "if that key is lost, so are the clients",
        )
    for key in entry.keys:
        if key.role == "leaf" and not key.standby and key in unserved and len(unserved) < len(entry.keys):
            yield Warn(
                "not-served",
                f"{key.name} is pinned as a key in service, but no address of {entry.host} presents it: write "
                f"`standby = true` into [keys.{key.name}] if you hold it in reserve, or remove it",
            )


def _of_correction(correction: Correction) -> Warn:
    name = correction.name
    if correction.in_service:
        text = (
            f"the standby key {name} is in service now: make a new standby key, and let `pinsmith check --fix-roles` "
            f"take `standby = true` from [keys.{name}]"
        )
        return Warn("standby-in-service", text)
    text = (
        f"the host presents {name} as {correction.role}, which the file does not say: run `pinsmith check --fix-roles`"
    )
    return Warn("role", text)


def _pins(chains: Sequence[Chain]) -> set[Pin]:
    return {each.pin for chain in chains for each in chain if isinstance(each, Certificate)}


def _lifetime(chain: Chain) -> timedelta:
    leaf = chain.leaf
    try:
        return leaf.not_after - leaf.not_before if leaf else timedelta()
    except CertificateError:
        return timedelta()


def _days(left: timedelta) -> str:
    return f"{left.days} days" if left.days != 1 else "1 day"
