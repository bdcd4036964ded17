"""
Remove a host or a key. A key may not be removed while clients still meet it and no other pinned key.

No socket, no file, no clock: the policy as it would be, outcomes of `pinsmith.probe.survey` and the time are arguments.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate
from pinsmith.checks.live import verdict_of
from pinsmith.errors import PinMismatchError, PolicyError
from pinsmith.probe import Failed
from pinsmith.rotation.course import all_events
from pinsmith.rotation.sighting import require_direct
from pinsmith.verdict import Mismatched

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.pinfile import Edit
    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe import FetchOutcome
    from pinsmith.rotation.journal import Entry, Journal


def remove(edit: Edit, host: str, key: str | None = None) -> list[str]:
    """
    Remove a host, or one of its keys, from *edit*, which is not saved, and keys that no host uses any more.

    Args:
        edit: The pin file.

        host: Canonical.

        key: The name of the key; None for the host itself.

    Returns:
        The names of the keys that no host uses any more.

    Raises:
        PolicyError: If there is no such host or key, or it is the last key of the host.
    """
    entry = edit.result().policy.entry_of(host)
    if key is None or entry is None:
        edit.remove_host(host)
        candidates = [pinned.name for pinned in entry.keys] if entry else []
    else:
        if [pinned.name for pinned in entry.keys] == [key]:
            raise PolicyError(f"{key} is the last key of {host}", hint=f"remove the host: `pinsmith remove {host}`")
        edit.remove_key_from_host(host, key)
        candidates = [key]
    orphans = [name for name in candidates if not edit.hosts_of(name)]
    for name in orphans:
        edit.remove_key(name)
    return orphans


def require_match(
    after: Policy, outcomes: Sequence[FetchOutcome], *, now: datetime, accepts_inspected: bool = False
) -> None:
    """
    Raise if clients that have the policy *after* would be locked out by what a live host presents.

    Pins that have expired count, because somebody may write a later day into the pin file.

    Args:
        after: The policy without the key.

        outcomes: Everything the host presents, at all addresses.

        now: Aware.

        accepts_inspected: Whether to believe what a proxy shows, although it may have replaced the certificate.

    Raises:
        PolicyError: If a proxy may have replaced the certificate.
        PinMismatchError: If an address presents no key that would still be pinned.
        FetchError: If an address cannot be read, and so may present the key that would be removed.
        ValueError: If *now* is naive.
    """
    in_force = replace(after, hosts=tuple(replace(entry, expires=None) for entry in after.hosts))
    for outcome in outcomes:
        if isinstance(outcome, Failed):
            error = outcome.error
            error.hint = (
                "it may present the key that would be removed; to remove it all the same, pass --offline or --force"
            )
            raise error
        if not accepts_inspected:
            require_direct(outcome, "clients elsewhere may meet another key")
        verdict = verdict_of(in_force, outcome, now=now)
        if isinstance(verdict, Mismatched):
            raise PinMismatchError(
                verdict.host,
                outcome.presented,
                verdict.keys,
                why="would no longer present a pinned key, so clients would refuse it",
                hint="keep the key until the host presents another pinned key; --force removes it all the same",
            )


def require_served_by_name(after: Policy, host: str) -> None:
    """
    Raise if only standby keys would be left, which no server presents as far as the pin file knows.

    Raises:
        PolicyError: If only standby keys would be left.
    """
    entry = after.find(host)
    if entry is not None and entry.keys and all(key.standby for key in entry.keys):
        raise PolicyError(
            f"only standby keys would be left for {host}, and no server presents those",
            hint="ask the live host, without --offline; --force removes the key even if that locks clients out",
        )


def require_backup(
    before: HostPins | None, after: HostPins | None, outcomes: Sequence[FetchOutcome] | None = None
) -> None:
    """
    Raise if a host had a backup and would have none.

    Args:
        before: Its entry; None if it has none.

        after: Its entry without the key; None if the host would not be pinned.

        outcomes: Everything it presents; None if nobody has asked, so that the pin file alone shows what is a backup.

    Raises:
        PolicyError: If the key is the last backup.
    """
    if before is None or after is None or not _has_backup(before, outcomes) or _has_backup(after, outcomes):
        return
    raise PolicyError(
        f"{after.host} would have no backup key: if the pinned key is lost, all clients are locked out",
        hint=f"pin another one first: `pinsmith add {after.host} --generate-backup`; or go without: --no-backup",
    )


def _has_backup(entry: HostPins, outcomes: Sequence[FetchOutcome] | None) -> bool:
    if outcomes is None:
        return entry.has_backup
    fetched = [outcome for outcome in outcomes if not isinstance(outcome, Failed)]
    served = {
        link.pin for shown in fetched for link in shown.verified or shown.presented if isinstance(link, Certificate)
    }
    return any(key.pin not in served for key in entry.keys)


def require_no_rotation(policy: Policy, journal: Journal, host: str, key: str | None) -> None:
    """
    Raise if an open rotation of *host* needs a key.

    Args:
        policy: The pins before.

        journal: That of the pin file.

        host: Canonical.

        key: The name of the key; None for the host itself.

    Raises:
        PolicyError: If the key is the old or the new one of an open rotation.
    """
    needed = {pin for entry in all_events(journal, host).values() for pin in _pins(entry)}
    if any(str(known.pin) in needed for known in policy.keys if key in {None, known.name}):
        raise PolicyError(
            f"a rotation of {host} is open and needs {key or 'its keys'}",
            hint=f"go on with `pinsmith rotate next {host}`, or end it with `pinsmith rotate abort {host}`",
        )


def _pins(entry: Entry) -> list[str]:
    return [*entry.facts.get("from", "").split(), entry.facts.get("to", "")]
