"""
What a batch of reports adds to the database, computed without one: groups, days and samples.

Groups are counted first, and bodies are sampled second. So a flood of one cause makes a bounded number of rows, also if
each report names another version or comes from another network. A flood of different causes is bounded as well. Beyond
a limit, the oldest groups with a single report make room. So a flood displaces itself, and the first report of a new
cause stays for as long as the flood needs to fill all groups once. Without such groups, what is new is only counted as
dropped, as it is when the database has become too large. Since a flood may report each cause twice, one network can
begin only a small share of the groups within a day.
"""

from __future__ import annotations

import random
from collections import Counter, OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

# Networks that are counted for a group on one day; also versions of the app, each with the platforms that it runs on.
_MAX_SPREAD: Final = 256
_MAX_SPREADS: Final = 20_000  # groups, days and kinds of value for which that is remembered
_SAMPLES: Final = 5  # bodies of a group
# Of all groups, those that make room at once: in a flood, each batch needs some hundreds.
_DISPLACED_SHARE: Final = 100
_MAX_BEGUN: Final = 1_000  # groups that one network begins on one day
_MAX_BEGINNERS: Final = 50_000  # networks for which that is remembered
_OTHER: Final = "other"
_DAY_MICROSECONDS: Final = 24 * 60 * 60 * 1_000_000

GroupRow: TypeAlias = tuple[bytes, str, str, str, str, bool | None, str, int, int, int]
"""Key, source, host, app, format, enforced, reason, time of the first report and of the last one, number of reports."""
SampleRow: TypeAlias = tuple[bytes, int, int, bytes]
"""Key, slot, time and body."""
DayRow: TypeAlias = tuple[bytes, int, str, str, str, int]
"""Key, day, version, platform, network and number of reports."""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """
    One report as it is stored.

    Attributes:
        key: Of its group, see `pinsmith.reports.group_key`.
        source: The key in the path that it was sent to; empty if there was none.
        at: When it arrived, microseconds since 1970, UTC.
        network: Where it came from: a truncated address.
        version: Of the app; empty if it is not known.
        platform: With its version; empty if it is not known.
        host: Canonical; empty if the report does not name it.
        app: The id of the app; empty if it is not known.
        format: The id of the format.
        enforced: Whether the client refused the connection; None if that is not known.
        reason: Why, see `pinsmith.reports.Reason`.
        body: The report as it came, without the id of the installation.
    """

    key: bytes
    source: str
    at: int
    network: str
    version: str
    platform: str
    host: str
    app: str
    format: str
    enforced: bool | None
    reason: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Rows that are written in one transaction.

    Attributes:
        groups: With what is added to their counts; one for each group, by key.
        days: One for each combination, with what is added to its count.
        samples: Bodies that replace those in their slots; one for each slot.
        firsts: A body of each group, which is written if its slot is vacant.
        reason: Why reports are dropped.
        dropped: How many.
        begun: How many of the groups are new, by the network of the first report.
    """

    groups: Sequence[GroupRow]
    days: Sequence[DayRow]
    samples: Sequence[SampleRow]
    firsts: Sequence[SampleRow]
    reason: str
    dropped: int
    begun: Counter[str]


class Grouping:
    """The groups that a writer knows, with their counts. Other writers of the same database may know more."""

    def __init__(self, known: Iterable[tuple[bytes, int]]) -> None:
        """
        Begin with what the database contains.

        Args:
            known: Keys and numbers of reports, by the time of the last report, the oldest first.
        """
        self._known = dict(known)
        # A group with one report does not change, so the order in which they come is that of their reports.
        self._singles = dict.fromkeys(key for key, reports in self._known.items() if reports == 1)
        self._spreads: OrderedDict[tuple[bytes, int, str], set[int]] = OrderedDict()
        self._begun: Counter[str] = Counter()  # groups by network
        self._day = 0  # of those

    def surplus(self, arrivals: Sequence[Arrival], *, most: int) -> list[bytes]:
        """Return the groups that should make room for those of *arrivals*, if otherwise there are more than *most*."""
        if len(self._known) + len(arrivals) <= most:
            return []
        missing = len(self._known) + len(self._beginners(arrivals)) - most
        if missing <= 0:
            return []
        keys = {arrival.key for arrival in arrivals}
        oldest = (key for key in self._singles if key not in keys)
        return list(islice(oldest, max(missing, most // _DISPLACED_SHARE)))

    def displace(self, keys: Iterable[bytes], kept: Mapping[bytes, int]) -> None:
        """
        Forget groups.

        Args:
            keys: The groups that should make room.

            kept: Those that are still there, with their numbers of reports.
        """
        for key in keys:
            self._singles.pop(key, None)
            if key not in kept:
                self._known.pop(key, None)
            else:
                self._note(key, kept[key])

    def batch(self, arrivals: Sequence[Arrival], *, most: int, is_full: bool) -> Batch:
        """
        Compute what reports add.

        Args:
            arrivals: The reports.

            most: How many groups there may be.

            is_full: Whether the database must not grow any more.
        """
        beginners = {} if is_full else self._beginners(arrivals)
        groups, dropped = self._grouped(arrivals, beginners, most=most)
        return Batch(
            groups=[_group(groups[key]) for key in sorted(groups)],
            days=self._days(groups, most=0 if is_full else _MAX_SPREAD),
            samples=[] if is_full else self._samples(groups),
            # Old bodies are deleted, and without one a group could not be classified again when pins change.
            firsts=[] if is_full else [_first(members[0]) for members in groups.values()],
            reason="database-full" if is_full else "too-many-groups",
            dropped=dropped,
            begun=Counter(network for key, network in beginners.items() if key in groups),
        )

    def settle(self, batch: Batch, counts: Mapping[bytes, int]) -> None:
        """
        Remember a batch that is durable.

        Args:
            batch: The batch.

            counts: The numbers of reports that its groups now have; those that are missing had no other writer.
        """
        for row in batch.groups:
            key = row[0]
            self._note(key, counts.get(key) or self._known.get(key, 0) + row[-1])
        self._begun += batch.begun
        if len(self._begun) > _MAX_BEGINNERS:
            self._begun.clear()

    def _note(self, key: bytes, reports: int) -> None:
        self._known[key] = reports
        if reports == 1:
            self._singles[key] = None
        else:
            self._singles.pop(key, None)

    def _beginners(self, arrivals: Sequence[Arrival]) -> dict[bytes, str]:
        """Return new groups that may begin, with the network of the first report."""
        beginners: dict[bytes, str] = {}
        counts: Counter[str] = Counter()
        for arrival in arrivals:
            key, network = arrival.key, arrival.network
            if key in self._known or key in beginners:
                continue
            if arrival.at // _DAY_MICROSECONDS > self._day:
                self._day = arrival.at // _DAY_MICROSECONDS
                self._begun.clear()
            if self._begun[network] + counts[network] < _MAX_BEGUN:
                counts[network] += 1
                beginners[key] = network
        return beginners

    def _grouped(
        self, arrivals: Sequence[Arrival], beginners: Collection[bytes], *, most: int
    ) -> tuple[dict[bytes, list[Arrival]], int]:
        """Put reports of a group together; also return how many are of groups that are not known and may not begin."""
        groups: dict[bytes, list[Arrival]] = {}
        dropped = 0
        room = most - len(self._known)
        for arrival in arrivals:
            members = groups.get(arrival.key)
            if members is not None:
                members.append(arrival)
            elif arrival.key in self._known:
                groups[arrival.key] = [arrival]
            elif room > 0 and arrival.key in beginners:
                room -= 1
                groups[arrival.key] = [arrival]
            else:
                dropped += 1
        return groups, dropped

    def _samples(self, groups: dict[bytes, list[Arrival]]) -> list[SampleRow]:
        """Choose bodies so that each report of a group has the same chance, whenever it came."""
        chosen: dict[tuple[bytes, int], SampleRow] = {}
        for key, members in groups.items():
            for number, arrival in enumerate(members, self._known.get(key, 0)):
                slot = number if number < _SAMPLES else int(random.random() * (number + 1))  # noqa: S311 - a sample
                if slot < _SAMPLES:
                    chosen[key, slot] = (key, slot, arrival.at, arrival.body)
        return list(chosen.values())

    def _days(self, groups: dict[bytes, list[Arrival]], *, most: int) -> list[DayRow]:
        arrived = Counter(
            (arrival.key, arrival.at // _DAY_MICROSECONDS, arrival.version, arrival.platform, arrival.network)
            for members in groups.values()
            for arrival in members
        )
        counts: Counter[tuple[bytes, int, str, str, str]] = Counter()
        for (key, day, *texts), count in arrived.items():
            version, platform, network = map(storable, texts)
            if not self._is_counted(key, day, "network", network, most=most):
                network = _OTHER
            if not self._is_counted(key, day, "version", version, platform, most=most):
                version = platform = _OTHER
            counts[key, day, version, platform, network] += count
        return [(*dimensions, count) for dimensions, count in counts.items()]

    def _is_counted(self, key: bytes, day: int, what: str, *value: str, most: int) -> bool:
        """Return whether a value has a count of its own: beyond *most* of them, all others are one."""
        known = self._spreads.get((key, day, what))
        if known is None:
            known = self._spreads[key, day, what] = set()
            if len(self._spreads) > _MAX_SPREADS:
                self._spreads.popitem(last=False)
        mark = hash(value)  # strangers choose the texts, and a number has no length
        if mark not in known and len(known) >= most:
            return False
        known.add(mark)
        return True


def storable(text: str) -> str:
    """Replace NUL, which PostgreSQL does not store, and surrogates without a partner, which have no UTF-8."""
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def size_of(arrivals: Sequence[Arrival]) -> int:
    """Return the bytes of the bodies."""
    return sum([len(arrival.body) for arrival in arrivals])


def _first(arrival: Arrival) -> SampleRow:
    return arrival.key, 0, arrival.at, arrival.body


def _group(members: Sequence[Arrival]) -> GroupRow:
    first, last = members[0], members[-1]
    return (
        first.key,
        storable(first.source),
        storable(first.host),
        storable(first.app),
        storable(first.format),
        first.enforced,
        storable(first.reason),
        first.at,
        last.at,
        len(members),
    )
