"""The result of a check for one host: for one address of a live host, or for a certificate that is meant for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.finding import HostPlace, Severity
from pinsmith.verdict import Matched, Mismatched

if TYPE_CHECKING:
    from pinsmith.certificate import Chain
    from pinsmith.finding import Finding
    from pinsmith.policy import HostPins
    from pinsmith.release import Cohort
    from pinsmith.verdict import Verdict

CheckVerdict = Literal["matched", "mismatched", "not-verified", "not-pinned", "unreachable"]

RELEASED: Final = "released"
"""The reason of a host that is not in the pin file, and that shipped releases pin."""
LOCKED_OUT: Final = "release-locked-out"
_RELEASES_HINT: Final = (
    "present a key that these releases pin until nobody uses them any more; `pinsmith release end APP VERSION` stops "
    "checking one"
)
_NOT_PINNED: Final = {
    "no-entry": "no entry of the pin file covers it",
    "expired": "its pins have expired and are no longer enforced",
    "off": 'its entry has mode = "off"',
}


@dataclass(frozen=True, slots=True)
class HostCheck:
    """
    The result for one address of a host.

    Attributes:
        host: Canonical.
        port: The port of the service; None if no service was asked.
        address: The numeric address; None if none was dialled.
        verdict: In one word.
        reason: Why the pins do not match, kebab-case; None if they do.
        message: The verdict in words, to be read after the host.
        matched_key: The name of the key that matched.
        details: More lines, such as the keys presented and pinned.
        hint: What to do.
        findings: Warnings of what will go wrong, see `pinsmith.checks.warning`.
        entry: The entry that covers the host; None if there is none.
        chain:
            The certificates that were compared, leaf first. If they did not verify, the certificates that the host
            presented. None if nothing could be read.
        via: How the host was reached if it was not by DNS and the system's authorities, in words; None otherwise.
        cohorts: What the releases that cover the host do with the chain, in the order of their file.
    """

    host: str
    port: int | None
    address: str | None
    verdict: CheckVerdict
    reason: str | None
    message: str
    matched_key: str | None = None
    details: tuple[str, ...] = ()
    hint: str | None = None
    findings: tuple[Finding, ...] = ()
    entry: HostPins | None = None
    chain: Chain | None = None
    via: str | None = None
    cohorts: tuple[Cohort, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether a check as a whole fails because of it. A host that is switched off does not fail for itself."""
        return self.fault is not None

    @property
    def fault(self) -> CheckVerdict | Literal["locked-out"] | None:
        """Why it fails: its verdict, or ``locked-out`` if only users of releases are refused; None if it does not."""
        if self.verdict != "matched" and self.reason not in {"off", RELEASED}:
            return self.verdict
        return "locked-out" if locked_out(self) else None

    @property
    def place(self) -> HostPlace:
        """The host, with its port and the address that was dialled."""
        return HostPlace(self.host, self.port, None if self.address == self.host else self.address)


def locked_out(check: HostCheck) -> list[Cohort]:
    """List the releases whose users are refused."""
    return [cohort for cohort in check.cohorts if cohort.outcome == "locked-out"]


def words_of(check: HostCheck) -> str:
    """Return the message of *check*, and which releases are locked out although the message sounds well."""
    if check.fault != "locked-out":
        return check.message
    first, *others = (cohort.release.who for cohort in locked_out(check))
    return f"{check.message}, but locks out {first}" + (f" and {len(others)} more" if others else "")


def text_of(check: HostCheck) -> str:
    """Return the words of *check*, and how the host was reached if that is not the usual way."""
    return f"{words_of(check)} (via {check.via})" if check.via else words_of(check)


def refusal_lines(check: HostCheck) -> list[str]:
    """Say why *check* fails, in lines that follow its message: details, releases that are refused, and what to do."""
    if not check.fails:
        return []
    refused = [f"{cohort.release.who} is locked out: {cohort.why}" for cohort in locked_out(check)]
    hint = hint_of(check)
    return [*check.details, *refused, *([f"hint: {hint}"] if hint else [])]


def hint_of(check: HostCheck) -> str | None:
    """Say what to do; None if there is nothing to say."""
    return check.hint or (_RELEASES_HINT if locked_out(check) else None)


def warns(check: HostCheck) -> bool:
    """Return whether `pinsmith check --strict` fails because of *check*, although the pins match."""
    return any(finding.severity > Severity.INFO for finding in check.findings)


def check_of_verdict(verdict: Verdict, host: str, port: int | None, address: str | None) -> HostCheck:
    """Put *verdict* into words."""
    if isinstance(verdict, Matched):
        message = f"presents {verdict.key.name}"
        return HostCheck(host, port, address, "matched", None, message, matched_key=verdict.key.name)
    if isinstance(verdict, Mismatched):
        error = verdict.error()
        message = verdict.why if verdict.enforced else f"{verdict.why} (report-only: clients connect all the same)"
        return HostCheck(
            host, port, address, "mismatched", verdict.reason, message, details=error.details, hint=error.hint
        )
    message = f"is not pinned: {_NOT_PINNED[verdict.reason]}"
    hint = f"pin it with `pinsmith add {host}`" if verdict.reason == "no-entry" else None
    return HostCheck(host, port, address, "not-pinned", verdict.reason, message, hint=hint)
