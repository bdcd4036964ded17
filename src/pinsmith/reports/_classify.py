"""
What probably happened, with the evidence: a ladder whose first fitting step decides.

The order and its reasons are in docs/decisions/0043-classes-of-reports.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith import authorities
from pinsmith.certificate import printable
from pinsmith.reports._case import Case, Classified, Sightings
from pinsmith.reports._steps import LADDER

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.policy import Policy
    from pinsmith.reports._facts import Facts


def classify(facts: Facts, policy: Policy | None, *, now: datetime, sightings: Sightings | None = None) -> Classified:
    """
    Say what probably happened to the clients of a group.

    The class is a hint, because a report is unauthenticated: anybody can send one, and can attach any certificate that
    is public. A class that accuses an authority needs its verified signature for this host. Never raise an alarm
    because of one sender.

    Args:
        facts: The facts of the group.
        policy: The pins that the team has today; None if they are not known, and then much stays ``unknown``.
        now: When the report arrived. Aware, any time zone.
        sightings: What the collector counted.

    Returns:
        The class and its evidence. It is ``unknown`` if no step of the ladder fits.

    Raises:
        ValueError: If *now* is naive.
    """
    if now.utcoffset() is None:
        raise ValueError("now must be aware, such as datetime.now(UTC)")
    host = facts.report.host
    entry = policy.find(host) if policy is not None and host else None
    case = Case(facts, policy, now, sightings or Sightings(), entry)
    for step in LADDER:
        answer = step(case)
        if answer is not None:
            return Classified(*answer)
    return Classified("unknown", _unknown(case))


def _unknown(case: Case) -> tuple[str, ...]:
    facts, report = case.facts, case.facts.report
    evidence: list[str] = []
    if report.host is None:
        evidence.append("The report does not name the host.")
    elif case.policy is None:
        evidence.append("There is no pin file to compare with.")
    elif case.entry is None:
        evidence.append(f"pins.toml does not pin {case.host}. Older releases of an app may still pin it.")
    if not facts.pins:
        evidence.append("The report contains neither a chain nor the pins of one.")
    elif facts.chain is None:
        known = next(filter(None, map(authorities.find, facts.pins[1:])), None)
        claims = f" One pin is that of {printable(known.name)}, but anybody can write that." if known else ""
        evidence.append(f"It lists pins without certificates, so no signature can be verified.{claims}")
    elif not facts.verified and len(facts.chain) > 1:
        evidence.append("Its certificates do not sign each other for this host, so the chain proves nothing.")
    elif facts.authority is None and not facts.is_private:
        evidence.append("The chain ends below its root, and no signer is in the table of public authorities.")
    if report.reason != "no-pinned-key":
        evidence.append(f"The client did not compare pins: {_REASONS[report.reason]}.")
    return tuple(evidence) or ("No rule fits.",)


_REASONS: Final = {
    "chain-not-trusted": "it could not verify the chain",
    "certificate-dates": "the certificate was not valid by its clock",
    "wrong-name": "the certificate was for another name",
    "user-anchor": "the chain ends in an authority that the user installed",
    "client-error": "it failed before",
    "unknown": "the report gives no reason",
}
