"""
Correct the keys in a pin file by live chains: a role that is unknown or wrong, a standby key that went into service.

No socket, no file, no clock: outcomes of `pinsmith.probe.survey` are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.authorities import find
from pinsmith.certificate import Certificate
from pinsmith.probe import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.certificate import Role
    from pinsmith.pin import Pin
    from pinsmith.pinfile import Edit
    from pinsmith.policy import Key, Policy
    from pinsmith.probe import FetchOutcome


@dataclass(frozen=True, slots=True)
class Correction:
    """
    What the pin file should say about a key.

    Attributes:
        name: Of the key.
        role: The correct role; None if the file has it already.
        in_service: Whether ``standby`` must be removed, because a server presents the key.
    """

    name: str
    role: Role | None
    in_service: bool

    def __str__(self) -> str:
        told = [f"role = {self.role}"] if self.role else []
        told += ["no longer a standby key"] if self.in_service else []
        return f"{self.name}: {', '.join(told)}"


def corrections(policy: Policy, outcomes: Iterable[FetchOutcome]) -> list[Correction]:
    """
    Compare the keys of *policy* with what hosts present.

    Only verified chains count, because a server can send any certificate in any place. Of hosts with
    ``trust = "pins-only"``, the leaf that they present counts.

    Args:
        policy: The policy of the pin file.

        outcomes: Everything that any number of hosts present.

    Returns:
        One for each key whose role is wrong or missing, or that is wrongly marked as standby, in the order of the file.
    """
    shown: dict[Pin, Role] = {}
    for outcome in outcomes:
        if not isinstance(outcome, Failed):
            for pin, role in _shown_by(policy, outcome).items():
                shown[pin] = _surer(pin, role, shown.get(pin))
    wrong = (_correction(key, shown.get(key.pin)) for key in policy.keys)
    return [correction for correction in wrong if correction is not None]


def shown_roles(policy: Policy, outcomes: Iterable[FetchOutcome]) -> dict[Pin, Role]:
    """Return the roles that `corrections` would write into the file, by pin."""
    roles = {correction.name: correction.role for correction in corrections(policy, outcomes)}
    return {key.pin: role for key in policy.keys if (role := roles.get(key.name))}


def correct(edit: Edit, outcomes: Iterable[FetchOutcome]) -> list[Correction]:
    """Make the corrections in *edit*, which is not saved; return them."""
    made = corrections(edit.result().policy, outcomes)
    for correction in made:
        if correction.role is not None:
            edit.set_key(correction.name, "role", correction.role)
        if correction.in_service:
            edit.set_key(correction.name, "standby", None)
    return made


def _shown_by(policy: Policy, outcome: FetchOutcome) -> dict[Pin, Role]:
    assert not isinstance(outcome, Failed)  # noqa: S101 - asked by the caller
    entry = policy.find(outcome.target.host)
    if entry is not None and entry.trust == "pins-only":
        leaf = outcome.presented.leaf
        return {leaf.pin: "leaf"} if leaf is not None else {}
    chain = outcome.verified
    if chain is None:
        return {}
    return {entry.pin: chain.role(depth) for depth, entry in enumerate(chain) if isinstance(entry, Certificate)}


def _surer(pin: Pin, role: Role, before: Role | None) -> Role:
    """Choose between two roles of one key, because a cross-signed root is shown as an intermediate too."""
    known = find(pin)
    if known is not None:
        return known.role
    return "root" if "root" in {role, before} else role


def _correction(key: Key, shown: Role | None) -> Correction | None:
    if shown is None:
        return None
    # A root and a cross-signed intermediate are one key; the role in the file may be right although one chain differs.
    agrees = key.role == shown or (key.is_authority and shown != "leaf")
    if agrees and not key.standby:
        return None
    return Correction(key.name, None if agrees else shown, key.standby)
