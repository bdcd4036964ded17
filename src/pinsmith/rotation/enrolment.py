"""
Make the entry of a host from what it presents: which keys, which backup, and whether it may be pinned at all.

No socket, no file, no clock: outcomes of `pinsmith.probe.survey` are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinsmith.authorities import find, key_name
from pinsmith.certificate import Certificate
from pinsmith.errors import CompromisedChainError, PinMismatchError, PolicyError
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.probe import Failed
from pinsmith.rotation.strategy import choose, free_name, label

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pinsmith.pin import Pin
    from pinsmith.probe import FetchOutcome
    from pinsmith.rotation.backup import Backup
    from pinsmith.rotation.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Enrolment:
    """
    A host that is about to be pinned.

    Attributes:
        entry: Its entry; with backup keys once `with_backups` was called.
        served: The pins of everything it presents now.
        why: One paragraph for people: what was pinned, and why.
        warnings: One sentence for each thing that is likely to go wrong.
    """

    entry: HostPins
    served: frozenset[Pin]
    why: str
    warnings: tuple[str, ...]

    def presents_key_of(self, existing: HostPins) -> bool:
        """Say whether the host presents a key of *existing*; if not, another server may have answered."""
        return any(key.pin in self.served for key in existing.keys)

    def adds_served_key(self, existing: HostPins | None) -> bool:
        """Say whether the host presents a key that would be pinned now and that its entry *existing* does not have."""
        pinned = {key.pin for key in existing.keys} if existing else set()
        return any(key.pin in self.served - pinned for key in self.entry.keys)


def enrol(
    strategy: Strategy,
    outcomes: Sequence[FetchOutcome],
    taken: Collection[Key] = (),
    *,
    pins_only: bool = False,
    include_subdomains: bool = False,
    policy: Policy | None = None,
) -> Enrolment:
    """
    Choose the keys of one host.

    Args:
        strategy: See `pinsmith.rotation.strategy`.

        outcomes: Everything the host presents, at all addresses; at least one.

        taken: Keys that have names already.

        pins_only: Whether to accept a chain that no authority vouches for; then only leaf keys can be pinned.

        include_subdomains: Whether the entry covers every host below too.

        policy: Lists compromised keys besides those that everybody knows; None if there is no pin file yet.

    Raises:
        CompromisedChainError: If a chain contains a compromised key, so that nobody knows which server answered.
        FetchError: If no address could be read.
        PolicyError: If the chain is not trusted, or holds no key for the strategy.
    """
    fetched = [outcome for outcome in outcomes if not isinstance(outcome, Failed)]
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    if not fetched:
        raise failed[0].error
    host = fetched[0].host
    if pins_only and strategy != "own-key":
        raise PolicyError("pins-only matches leaf keys only", hint="use it with --strategy own-key")
    chains = []
    for shown in fetched:
        chain = shown.presented if pins_only else shown.verified
        if chain is None:
            place = f"{shown.target} at {shown.address}"
            raise PolicyError(
                f"{place} is not trusted, so its pins would match nothing: {shown.trust_error}",
                hint="fix the chain, pass its root with --cafile, or trust the key alone with --pins-only",
            )
        authority = None if pins_only else (policy or Policy()).compromised_in(chain)
        if authority is not None:
            raise CompromisedChainError(host, chain, (), authority=authority)
        chains.append(chain)
    choice = choose(strategy, host, chains, taken)
    entry = HostPins(
        host,
        choice.keys,
        port=fetched[0].port,
        include_subdomains=include_subdomains,
        trust="pins-only" if pins_only else "verified",
    )
    served = frozenset(link.pin for chain in chains for link in chain if isinstance(link, Certificate))
    unread = tuple(f"{failure.error}: this address may present another key" for failure in failed)
    return Enrolment(entry, served, choice.why, unread + choice.warnings)


def require_known_key(enrolment: Enrolment, existing: HostPins, outcomes: Sequence[FetchOutcome]) -> None:
    """
    Raise if a pinned host presents none of its pinned keys: an attacker in the middle may have answered.

    Args:
        enrolment: The keys that would be pinned now.

        existing: The entry of the host.

        outcomes: The outcomes from which *enrolment* was made.

    Raises:
        PinMismatchError: If the host presents none of its pinned keys.
    """
    if enrolment.presents_key_of(existing):
        return
    fetched = next(outcome for outcome in outcomes if not isinstance(outcome, Failed))
    presented = fetched.presented if existing.trust == "pins-only" else fetched.verified
    raise PinMismatchError(
        existing.host,
        presented,
        existing.keys,
        hint=f"compare with `pinsmith fetch {existing.host}` run from another network; "
        "if it is your server, pin what it presents with --force",
    )


def with_backups(enrolment: Enrolment, backups: Sequence[Backup], taken: Collection[Key] = ()) -> Enrolment:
    """
    Add *backups* to the entry: all of them, also those that the host presents, if at least one is not presented.

    So several hosts can be given the roots of two authorities, of which each host presents one and keeps the other as
    its backup.

    Raises:
        PolicyError: If the host presents all of them already, so that none is a backup.
    """
    entry, keys = enrolment.entry, list(enrolment.entry.keys)
    if backups and all(backup.pin in enrolment.served for backup in backups):
        raise PolicyError(
            f"{backups[0].pin} is not a backup for {entry.host}, because the host presents that key already",
            hint="pass the pin of a key that no server uses; --generate-backup makes such a key",
        )
    beside_leaves = all(key.role == "leaf" for key in entry.keys)
    known = {key.pin: key for key in taken}
    for backup in backups:
        if backup.pin in {key.pin for key in keys}:
            continue
        key = known.get(backup.pin)
        if key is None:
            authority = find(backup.pin)
            stem = key_name(authority) if authority else backup.name or f"{label(entry.host)}-standby"
            known_as = replace(backup, role=authority.role) if authority else backup
            key = known_as.key(free_name(stem, entry.host, [*taken, *keys]), beside_leaves=beside_leaves)
        keys.append(key)
    return replace(enrolment, entry=replace(entry, keys=tuple(keys)))
