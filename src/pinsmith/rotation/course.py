"""
The course of a rotation: from which keys a host changes to which, and how far the journal says that it has come.

A rotation is open from its first entry in the journal to its last. The keys are found again by their pins, because
names change. No socket, no file, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar, get_args

from pinsmith.errors import PolicyError
from pinsmith.rotation.journal import moment, written
from pinsmith.rotation.named_key import find_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from pinsmith.policy import HostPins, Key, Policy
    from pinsmith.rotation.journal import Entry, Journal

T = TypeVar("T")
Strategy = Literal["own-key", "ca-set"]
Move = Literal["pin", "certify", "switch", "remove"]
Emergency = Literal["key-compromised", "key-lost", "mass-revocation"]
Choice = Literal["rotate-now", "wait"]
MOVES: Final[tuple[Move, ...]] = get_args(Move)
EMERGENCIES: Final[tuple[Emergency, ...]] = get_args(Emergency)
CHOICES: Final[tuple[Choice, ...]] = get_args(Choice)

_PREFIX: Final = "rotation-"
ABORTED: Final = f"{_PREFIX}aborted"
EVENTS: Final[dict[Move, str]] = {
    "pin": f"{_PREFIX}pinned",
    "certify": f"{_PREFIX}certified",
    "switch": f"{_PREFIX}switched",
    "remove": f"{_PREFIX}ended",
}
_LAST: Final = frozenset({ABORTED, EVENTS["remove"]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """
    A rotation of one host.

    Attributes:
        entry: The entry of the host.
        old: The keys that are replaced; at least one.
        new: The key that replaces them; None if there is none yet.
        emergency: Why users perhaps cannot be waited for; None for a planned rotation.
        choice: What was chosen in the emergency: not to wait for users of old releases, or to wait; None if nothing.
        since: When the authority learnt of the emergency, aware; None if that is not known.
        events: The entries of the journal about it, by move.
    """

    entry: HostPins
    old: tuple[Key, ...]
    new: Key | None
    emergency: Emergency | None = None
    choice: Choice | None = None
    since: datetime | None = None
    events: dict[Move, Entry]

    @property
    def host(self) -> str:
        """The canonical host."""
        return self.entry.host

    @property
    def strategy(self) -> Strategy:
        """``own-key`` if the server changes its own key, ``ca-set`` if it changes its authority."""
        return "ca-set" if self.new is not None and self.new.is_authority else "own-key"

    @property
    def is_pinned(self) -> bool:
        """Whether the host pins the new key."""
        return self.new is not None and any(key.pin == self.new.pin for key in self.entry.keys)

    @property
    def move(self) -> Move:
        """The next move."""
        if not self.is_pinned:
            return "pin"
        if "switch" in self.events:
            return "remove"
        return "switch" if "certify" in self.events else "certify"

    def when(self, move: Move) -> datetime | None:
        """
        Return when a move was made, aware; None if the journal does not say.

        No move is older than one that the journal lists before it: then the clock of that machine was behind.
        """
        if move not in self.events:
            return None
        names = list(self.events)
        return max(moment(self.events[name].time) for name in names[: names.index(move) + 1])

    @property
    def last(self) -> datetime | None:
        """When the last move was made, as `when` counts; None if the rotation has not begun."""
        return self.when(next(reversed(self.events))) if self.events else None

    def facts(self) -> dict[str, str]:
        """Return the facts with which an entry of the journal names this rotation."""
        facts = {"from": " ".join(str(key.pin) for key in self.old), "to": str(self.new.pin) if self.new else ""}
        if self.emergency:
            facts |= {"emergency": self.emergency, "choice": self.choice or ""}
            facts |= {"since": written(self.since)} if self.since else {}
        return facts


def course_of(
    policy: Policy,
    journal: Journal,
    host: str,
    *,
    to: str | None = None,
    leaving: Collection[str] = (),
    emergency: Emergency | None = None,
    choice: Choice | None = None,
    since: datetime | None = None,
) -> Course:
    """
    Return the open rotation of a host, or the one that would begin.

    Args:
        policy: The pins.

        journal: That of the pin file.

        host: Canonical; it needs an entry of its own.

        to: The name of the new key; None for that of the open rotation, or the first standby key of the host.

        leaving: The names of the keys to replace; if empty, those of the open rotation, or all that are in service.

        emergency: Why users perhaps cannot be waited for; None for that of the open rotation.

        choice: What is chosen in the emergency; None for that of the open rotation.

        since: When the authority learnt of the emergency, aware; None for that of the open rotation.

    Raises:
        PolicyError: If the host has no entry, a key is not one of the pin file, a rotation to another key is open, or
            nobody knows which keys are replaced.
    """
    entry = policy.entry_of(host)
    if entry is None or entry.mode == "off":
        raise PolicyError(f"{host} is not pinned", hint=f"pin it with `pinsmith add {host}`")
    events = open_events(journal, host)
    last = next(reversed(events.values()), None)
    new = find_key(policy, to) if to else _recorded(policy, last, host) if last else _standby_of(entry)
    if last and new and last.facts.get("to") != str(new.pin):
        raise PolicyError(
            f"another rotation of {host} is open, to {last.key}", hint=f"end it first: `pinsmith rotate abort {host}`"
        )
    old = _old(policy, entry, new, last, leaving)
    if new is not None and new in old:
        raise _in_service(new, entry)
    recorded = last.facts if last else {}
    emergency = emergency or _one_of(EMERGENCIES, recorded.get("emergency"))
    if (choice or since) and not emergency:
        what, option = ("a choice", "--choose") if choice else ("a time when the authority learnt of it", "--since")
        raise PolicyError(
            f"the rotation of {host} is a planned one, and only an emergency has {what}",
            hint=f"name the emergency: `--emergency {EMERGENCIES[0]}`, or leave out {option}",
        )
    return Course(
        entry=entry,
        old=old,
        new=new,
        emergency=emergency,
        choice=(choice or _one_of(CHOICES, recorded.get("choice"))) if emergency else None,
        since=(since or (last.fact_time("since") if last else None)) if emergency else None,
        events=events,
    )


def aborted_course(policy: Policy, journal: Journal, host: str) -> Course:
    """
    Return the open rotation of a host in order to end it, also if its keys are gone or two of them are open.

    Raises:
        PolicyError: If the host has no entry, or no rotation of it is open.
    """
    entry, events = policy.entry_of(host), all_events(journal, host)
    if entry is None or not events:
        raise PolicyError(f"no rotation of {host} is open", hint="`pinsmith rotate status` lists those that are")
    last = next(reversed(events.values()))
    pins = last.facts.get("from", "").split()
    new = next((key for key in policy.keys if str(key.pin) == last.facts.get("to")), None)
    return Course(
        entry=entry,
        old=tuple(key for key in entry.keys if str(key.pin) in pins),
        new=new,
        events=events,
    )


def open_hosts(journal: Journal) -> tuple[str, ...]:
    """Return the hosts of which a rotation is open, in the order of the journal."""
    return tuple(host for host in recorded_hosts(journal) if all_events(journal, host))


def recorded_hosts(journal: Journal) -> tuple[str, ...]:
    """Return the hosts of which a rotation is open or over, in the order of the journal."""
    return tuple(dict.fromkeys(entry.host for entry in journal.entries if entry.event.startswith(_PREFIX)))


def open_events(journal: Journal, host: str) -> dict[Move, Entry]:
    """
    Return the entries about the open rotation of a host, by move; empty if none is open.

    Raises:
        PolicyError: If two branches have begun rotations to different keys.
    """
    events = all_events(journal, host)
    if len({entry.facts.get("to") for entry in events.values()}) > 1:
        raise PolicyError(
            f"two rotations of {host} are open, to {' and '.join(sorted({entry.key for entry in events.values()}))}, "
            "because branches were merged",
            hint=f"end both, and begin again: `pinsmith rotate abort {host}`",
        )
    return events


def all_events(journal: Journal, host: str) -> dict[Move, Entry]:
    """Return what `open_events` does, also if two rotations are open."""
    moves = {event: move for move, event in EVENTS.items()}
    last = next((found for found in reversed(chapters(journal, host)) if not is_over(found)), ())
    return {move: entry for entry in last if (move := moves.get(entry.event))}


def chapters(journal: Journal, host: str) -> list[tuple[Entry, ...]]:
    """Return the entries about each rotation of a host, in the order of the journal; at most the last is open."""
    found: list[tuple[Entry, ...]] = []
    for entry in journal.entries:
        if entry.host != host or not entry.event.startswith(_PREFIX):
            continue
        # If both of two merged branches have ended a rotation, it ended once.
        if found and (not is_over(found[-1]) or entry.event in _LAST):
            found[-1] = (*found[-1], entry)
        else:
            found.append((entry,))
    return found


def is_over(chapter: Sequence[Entry]) -> bool:
    """Return whether a rotation of `chapters` has ended, or was aborted."""
    return chapter[-1].event in _LAST


def _one_of(known: Sequence[T], text: str | None) -> T | None:
    return next((value for value in known if value == text), None)


def _recorded(policy: Policy, last: Entry, host: str) -> Key:
    found = next((key for key in policy.keys if str(key.pin) == last.facts.get("to")), None)
    if found is None:
        raise PolicyError(
            f"a rotation of {host} to {last.key} is open, but the pin file no longer has that key",
            hint=f"put the key back, or end the rotation: `pinsmith rotate abort {host}`",
        )
    return found


def _standby_of(entry: HostPins) -> Key | None:
    return next((key for key in entry.keys if key.standby), None)


def _old(
    policy: Policy, entry: HostPins, new: Key | None, last: Entry | None, leaving: Collection[str]
) -> tuple[Key, ...]:
    if leaving:
        old = [find_key(policy, name) for name in leaving]
        if strange := [key.name for key in old if key not in entry.keys]:
            raise PolicyError(f"{strange[0]} is not a key of {entry.host}", hint=_names(entry.keys))
        return tuple(old)
    if last and last.facts.get("from"):
        pins = last.facts["from"].split()
        # A key that somebody has removed meanwhile is not replaced any more.
        return tuple(key for key in entry.keys if str(key.pin) in pins)
    served = [key for key in entry.keys if not key.standby and (new is None or key.pin != new.pin)]
    is_authority = new is not None and new.is_authority
    old = [key for key in served if key.is_authority == is_authority] or served
    if not old and new is not None and new in entry.keys and not new.standby:
        raise _in_service(new, entry)
    if not old:
        raise PolicyError(
            f"every key of {entry.host} is a standby key, so there is none to change from",
            hint=f"record which key is in service: `pinsmith check {entry.host} --fix-roles`",
        )
    if len(old) > 1 and (strange := [key.name for key in old if key.role == "unknown"]):
        raise PolicyError(
            f"{entry.host} pins several keys, and the pin file does not say whether {' or '.join(strange)} is that of "
            "its server, so it is not known which keys are replaced",
            hint=f"write their roles with `pinsmith check {entry.host} --fix-roles`, or name the old keys with --from; "
            f"{_names(old)}",
        )
    if is_authority and len(old) > 1:
        raise PolicyError(
            f"{entry.host} pins several authorities, and it is not known which of them is replaced",
            hint=f"name it with --from; {_names(old)}",
        )
    return tuple(old)


def _in_service(new: Key, entry: HostPins) -> PolicyError:
    return PolicyError(f"{new.name} is a key in service of {entry.host}", hint="name a standby key, or a new key")


def _names(keys: Sequence[Key]) -> str:
    return f"its keys are: {', '.join(key.name for key in keys)}"
