"""
Retire a key: remove it from the pin file when no client needs it any more.

No socket, no file, no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from pinsmith.certificate import Certificate
from pinsmith.errors.custody import KeyInUseError
from pinsmith.probe import Failed
from pinsmith.rotation.removal import require_no_rotation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from pinsmith.pinfile import Edit
    from pinsmith.policy import Key
    from pinsmith.probe import FetchOutcome
    from pinsmith.release import Release
    from pinsmith.rotation.books import Books

RETIRED: Final = "key-retired"
Override = Literal["released", "served", "unread"]
OVERRIDES: Final[tuple[Override, ...]] = get_args(Override)


class Need(NamedTuple):
    """
    Why a key is still needed.

    Attributes:
        override: The name under which a user may go on all the same; None if nobody may.
        text: The fact and its effect.
    """

    override: Override | None
    text: str


def retire(
    books: Books,
    key: Key,
    releases: Iterable[Release],
    outcomes: Sequence[FetchOutcome] | None,
    *,
    overridden: Collection[Override],
    now: datetime,
) -> list[str]:
    """
    Remove *key* from *books*; nothing is written.

    Args:
        books: The pin file and its journal.

        key: The key.

        releases: Those that are in use.

        outcomes: What the hosts of the pin file present; None if nobody has asked them.

        overridden: The names of the needs that the user accepts.

        now: Aware.

    Returns:
        The consequences that the user has accepted, one sentence each.

    Raises:
        KeyInUseError: If clients need the key, or that is not known, and the user has not accepted it.
        PolicyError: If an open rotation needs the key.
    """
    found = (*_of_hosts(books.edit, key), *_of_releases(releases, key), *_of_servers(outcomes or (), key))
    needs = list(dict.fromkeys(found))
    blocking = [need for need in needs if need.override not in overridden]
    if blocking:
        raise KeyInUseError(key.name, [need.text for need in blocking], hint=_hint(books.edit, key, blocking))
    for host in dict.fromkeys(entry.host for entry in books.journal.entries if entry.host):
        require_no_rotation(books.policy, books.journal, host, key.name)
    books.edit.remove_key(key.name)
    facts = {"pin": str(key.pin), "asked": "nobody" if outcomes is None else "all hosts of the pin file"}
    facts |= {f"overridden: {need.override}": need.text for need in needs}
    books.journal.add(RETIRED, now, key=key.name, facts=facts)
    return [need.text for need in needs]


def _of_hosts(edit: Edit, key: Key) -> Iterator[Need]:
    for host in edit.hosts_of(key.name):
        yield Need(None, f"{host} pins it in {edit.file}")


def _of_releases(releases: Iterable[Release], key: Key) -> Iterator[Need]:
    for release in releases:
        hosts = [entry.host for entry in release.hosts if entry.mode != "off" and key.pin in entry.pins.values()]
        if hosts:
            yield Need("released", f"{release.who} pins it for {', '.join(hosts)}, so it cannot be replaced there")


def _of_servers(outcomes: Iterable[FetchOutcome], key: Key) -> Iterator[Need]:
    for outcome in outcomes:
        if isinstance(outcome, Failed):
            yield Need("unread", f"{outcome.target} could not be asked, and may present it: {outcome.error}")
            continue
        if outcome.inspected:
            yield Need("unread", f"{outcome.target} was asked through a proxy that replaces its certificate")
        chains = (outcome.presented, outcome.verified or ())
        if any(isinstance(link, Certificate) and link.pin == key.pin for chain in chains for link in chain):
            yield Need("served", f"{outcome.target} presents it at {outcome.address}, so it is in service")


def _hint(edit: Edit, key: Key, blocking: Sequence[Need]) -> str:
    if hosts := edit.hosts_of(key.name):
        return f"stop pinning it first: `pinsmith remove {hosts[0]} --key {key.name}`"
    names = dict.fromkeys(need.override for need in blocking)
    options = " ".join(f"--override {name}" for name in names)
    return f"wait until nobody needs it; `pinsmith key retire {key.name} {options}` removes it all the same"
