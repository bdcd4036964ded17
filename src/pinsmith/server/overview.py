"""The hosts of the overview: which a person wants to see, the worst first, a page at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from pinsmith.certificate import Certificate
from pinsmith.errors import CertificateError
from pinsmith.monitor.status import WORSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pinsmith.store import ServiceState

ROWS: Final = 100
_SOON_DAYS: Final = 14
_URGENT_DAYS: Final = 3
_MAX_QUERY: Final = 253  # characters, those of the longest name


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A choice of hosts.

    Attributes:
        name: A part of the host's name, in lower case; empty for all.
        state: The state; empty for all.
        number: The page, from 1.
    """

    name: str = ""
    state: str = ""
    number: int = 1

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Wanted:
        """Read the fields of a form; those that make no sense choose nothing away."""
        state, number = query.get("state", ""), query.get("page", "")
        return cls(
            query.get("name", "").strip().lower()[:_MAX_QUERY],
            state if state in set(WORSE) else "",
            int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 6 and int(number) else 1,  # noqa: PLR2004
        )

    def link(self, *, state: str | None = None, number: int = 1) -> str:
        """Return the path of the same choice with another state or page."""
        chosen = {"name": self.name, "state": self.state if state is None else state}
        fields = {name: value for name, value in chosen.items() if value} | ({"page": number} if number > 1 else {})
        return f"/?{urlencode(fields)}" if fields else "/"


@dataclass(frozen=True, slots=True)
class Chosen:
    """
    The hosts of one page.

    Attributes:
        hosts: The worst first, then by name.
        found: How many there are on all pages.
        states: How many hosts there are of each state, without the choice; the worst first.
        before: The path of the page before; empty on the first.
        after: The path of the page after; empty on the last.
    """

    hosts: tuple[ServiceState, ...]
    found: int
    states: tuple[tuple[str, int], ...]
    before: str
    after: str


def choose(hosts: Iterable[ServiceState], wanted: Wanted) -> Chosen:
    """Choose the hosts of one page; a page behind the last is the last."""
    listed = sorted(hosts, key=lambda host: (-WORSE[host.memory.watch.state], host.service.host, host.service))
    states = Counter(host.memory.watch.state for host in listed)
    found = [
        host for host in listed if wanted.name in host.service.host and wanted.state in {"", host.memory.watch.state}
    ]
    last = max(1, -(-len(found) // ROWS))
    number = min(wanted.number, last)
    return Chosen(
        tuple(found[(number - 1) * ROWS : number * ROWS]),
        len(found),
        tuple(states.items()),
        wanted.link(number=number - 1) if number > 1 else "",
        wanted.link(number=number + 1) if number < last else "",
    )


@dataclass(frozen=True, slots=True)
class Expiry:
    """The days until the first certificate of a host ends, negative if it has ended, and how bad that is."""

    days: int
    tone: str

    def __str__(self) -> str:
        """Say it in words."""
        if self.days < 0:
            return "ended"
        return "today" if self.days == 0 else "1 day" if self.days == 1 else f"{self.days} days"


def leaves(hosts: Iterable[ServiceState]) -> set[str]:
    """Return the SHA-256 of the leaf certificates that hosts presented last."""
    return {name for host in hosts for name in _leaves(host)}


def expiry(host: ServiceState, certificates: Mapping[str, bytes], now: datetime) -> Expiry | None:
    """Return when the first of the host's leaf certificates ends; None if none is known or can be read."""
    ends = []
    for name in _leaves(host):
        try:
            ends.append(Certificate(certificates[name]).not_after)
        except (KeyError, CertificateError):
            continue
    if not ends:
        return None
    days = (min(ends) - now).days
    return Expiry(days, "bad" if days <= _URGENT_DAYS else "warn" if days <= _SOON_DAYS else "faint")


def _leaves(host: ServiceState) -> Sequence[str]:
    answer = host.memory.answer
    return [sight.certificates[0] for sight in answer.sights if sight.certificates] if answer else []
