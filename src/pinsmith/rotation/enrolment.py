"""
Make the entry of a host from its chains: which keys, which backup, and whether it may be pinned at all.

No socket, no file, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinsmith.authorities import find, key_name
from pinsmith.errors import PinMismatchError, PolicyError
from pinsmith.policy import HostPins
from pinsmith.rotation.fitness import require_strong
from pinsmith.rotation.strategy import choose, free_name, label

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pinsmith.certificate import Certificate
    from pinsmith.pin import Pin
    from pinsmith.policy import Key
    from pinsmith.rotation.backup import Backup
    from pinsmith.rotation.sighting import Sighting
    from pinsmith.rotation.strategy import Consent, Strategy


@dataclass(frozen=True, slots=True)
class Enrolment:
    """
    A host that is about to be pinned.

    Attributes:
        entry: Its entry; with backup keys once `with_backups` was called.
        served: The pins of everything it presents now.
        certificates: Those of its keys, as far as they are known.
        why: One paragraph for people: what was pinned, and why.
        warnings: One sentence for each thing that is likely to go wrong.
    """

    entry: HostPins
    served: frozenset[Pin]
    certificates: tuple[Certificate, ...]
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
    sighting: Sighting,
    taken: Collection[Key] = (),
    beside: Collection[str] = (),
    *,
    include_subdomains: bool = False,
    accepted: Collection[Consent] = (),
) -> Enrolment:
    """
    Choose the keys of one host.

    Args:
        strategy: See `pinsmith.rotation.strategy`.

        sighting: The chains of the host.

        taken: Keys that have names already.

        beside: Canonical hosts that are pinned too, whose names the keys of this host must not look like.

        include_subdomains: Whether the entry covers every host below too.

        accepted: See `pinsmith.rotation.strategy.choose`.

    Raises:
        PolicyError: If the chains hold no key for the strategy, or a consent is missing.
        UnfitKeyError: If others can compute or know the private key of the host.
    """
    host, own_key = sighting.host, strategy == "own-key"
    if sighting.pins_only and not own_key:
        raise PolicyError("pins-only matches leaf keys only", hint="use it with --strategy own-key")
    if not (sighting.verified or own_key):
        raise PolicyError(
            f"the authority above the certificate of {host} is not known, because no root is given",
            hint="pass the root that clients trust with --cafile",
        )
    choice = choose(strategy, host, sighting.chains, taken, beside, accepted=accepted)
    for certificate in choice.certificates if own_key else ():
        require_strong(f"the key of {host}", certificate.spki)
    entry = HostPins(
        host,
        choice.keys,
        port=sighting.port,
        include_subdomains=include_subdomains,
        trust="pins-only" if sighting.pins_only else "verified",
    )
    return Enrolment(entry, sighting.pins, choice.certificates, choice.why, sighting.warnings + choice.warnings)


def require_known_key(enrolment: Enrolment, existing: HostPins, sighting: Sighting) -> None:
    """
    Raise if a pinned host presents none of its pinned keys: an attacker in the middle may have answered.

    Args:
        enrolment: The keys that would be pinned now.

        existing: The entry of the host.

        sighting: The chains from which *enrolment* was made; if they are not live, nothing is required.

    Raises:
        PinMismatchError: If the host presents none of its pinned keys.
    """
    if not sighting.live or enrolment.presents_key_of(existing):
        return
    raise PinMismatchError(
        existing.host,
        sighting.chains[0],
        existing.keys,
        hint=f"compare with `pinsmith fetch {existing.host}` run from another network; "
        "if it is your server, pin what it presents with --force",
    )


def with_backups(
    enrolment: Enrolment, backups: Sequence[Backup], taken: Collection[Key] = (), beside: Collection[str] = ()
) -> Enrolment:
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
            stem = key_name(authority) if authority else backup.name or f"{label(entry.host, beside)}-standby"
            known_as = replace(backup, role=authority.role) if authority else backup
            key = known_as.key(free_name(stem, entry.host, [*taken, *keys]), beside_leaves=beside_leaves)
        keys.append(key)
    certificates = enrolment.certificates + tuple(backup.certificate for backup in backups if backup.certificate)
    return replace(enrolment, entry=replace(entry, keys=tuple(keys)), certificates=certificates)
