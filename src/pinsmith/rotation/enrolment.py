"""
From what a host presents to its entry in the pin file: which keys, which backup, and whether it may be pinned at all.

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
        warnings: What is likely to go wrong, each one sentence.
    """

    entry: HostPins
    served: frozenset[Pin]
    why: str
    warnings: tuple[str, ...]

    def presents_key_of(self, existing: HostPins) -> bool:
        """Say whether the host presents a key that is pinned for it; if not, somebody else may have answered."""
        return any(key.pin in self.served for key in existing.keys)

    def adds_served_key(self, existing: HostPins | None) -> bool:
        """Say whether a key is new to *existing*, the entry that the host has already, because the host presents it."""
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

        pins_only: Accept a chain that no authority vouches for; then only leaf keys can be pinned.

        include_subdomains: Cover every host below too.

        policy: Lists compromised keys besides those that everybody knows; None if there is no pin file yet.

    Raises:
        CompromisedChainError: a chain contains a compromised key, so nobody knows who answered.
        FetchError: no address could be read.
        PolicyError: the chain is not trusted, or holds no key for the strategy.
    """
    fetched = [each for each in outcomes if not isinstance(each, Failed)]
    failed = [each for each in outcomes if isinstance(each, Failed)]
    if not fetched:
        raise failed[0].error
    host = fetched[0].host
    if pins_only and strategy != "own-key":
        raise PolicyError("pins-only matches leaf keys only", hint="use it with --strategy own-key")
    chains = []
    for each in fetched:
        chain = each.presented if pins_only else each.verified
        if chain is None:
            raise PolicyError(
                f"{each.target} at {each.address} is not trusted, so its pins would match nothing: {each.trust_error}",
                hint="mend the chain, name its authority with --cafile, or trust the key alone with --pins-only",
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
    served = frozenset(each.pin for chain in chains for each in chain if isinstance(each, Certificate))
    unread = tuple(f"{each.error}: this address may present another key" for each in failed)
    return Enrolment(entry, served, choice.why, unread + choice.warnings)


def require_known_key(enrolment: Enrolment, existing: HostPins, outcomes: Sequence[FetchOutcome]) -> None:
    """
    Raise if a pinned host presents nothing of what is pinned: it may be somebody in between.

    Args:
        enrolment: What would be pinned now.

        existing: The entry of the host.

        outcomes: Those that *enrolment* was made of.

    Raises:
        PinMismatchError: so it is.
    """
    if enrolment.presents_key_of(existing):
        return
    fetched = next(each for each in outcomes if not isinstance(each, Failed))
    presented = fetched.presented if existing.trust == "pins-only" else fetched.verified
    raise PinMismatchError(
        existing.host,
        presented,
        existing.keys,
        hint=f"compare with `pinsmith fetch {existing.host}` run from another network; "
        "if it is your server, --force pins what it presents all the same",
    )


def with_backups(enrolment: Enrolment, backups: Sequence[Backup], taken: Collection[Key] = ()) -> Enrolment:
    """
    Add *backups* to the entry: all of them, also those that the host presents, if at least one is not presented.

    So several hosts can be given the roots of two authorities, of which each host presents one and keeps the other as
    its backup.

    Raises:
        PolicyError: the host presents every one of them already, so none is a backup.
    """
    entry, keys = enrolment.entry, list(enrolment.entry.keys)
    if backups and all(backup.pin in enrolment.served for backup in backups):
        raise PolicyError(
            f"{backups[0].pin} is not a backup for {entry.host}, because the host presents that key already",
            hint="give the pin of a key that no server has, kept elsewhere: --generate-backup makes one",
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
