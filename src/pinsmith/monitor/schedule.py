"""
When each host is asked again: at an interval with jitter, and sooner while its state is not certain.

A network has a budget, so that no operator sees too many connections at once.

No clock and no chance: the time and the random numbers are arguments.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from publicsuffixlist import PublicSuffixList

from pinsmith.host import is_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

T = TypeVar("T")
_PREFIXES: Final = {4: 24, 6: 48}
_SUFFIXES: Final = PublicSuffixList()


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How often hosts are asked.

    Attributes:
        interval: The usual time between two rounds of a host.
        again: The time after a round that left its state uncertain; it doubles with each such round.
        jitter: Which part of the interval may be added or taken away, so that hosts are not all asked at once.
        per_network: How many hosts of one network are asked at the same time.
        at_once: How many hosts are asked at the same time.
    """

    interval: timedelta = timedelta(minutes=15)
    again: timedelta = timedelta(minutes=1)
    jitter: float = 0.1
    per_network: int = 20
    at_once: int = 200


def next_time(pace: Pace, now: datetime, *, uncertain_rounds: int, chance: float) -> datetime:
    """
    Return when a host is asked again.

    Args:
        pace: How often hosts are asked.

        now: When it was asked, aware.

        uncertain_rounds: How many rounds in a row have seen a state that is not certain yet.

        chance: From 0 to 1, random.
    """
    usual = pace.interval
    if uncertain_rounds:
        usual = min(usual, pace.again * 2.0 ** min(uncertain_rounds - 1, 30))
    return now + usual * (1 + pace.jitter * (2 * chance - 1))


def network_of(host: str, addresses: Iterable[str] = ()) -> str:
    """
    Return what a budget is for: the network of a host.

    Args:
        host: Canonical.

        addresses: The numeric addresses at which it was last seen.

    Returns:
        The first network of the addresses, of /24 or /48; otherwise the domain that somebody registered.
    """
    for address in (*addresses, host) if is_address(host) else addresses:
        version = ipaddress.ip_address(address.partition("%")[0])
        return str(ipaddress.ip_network((version, _PREFIXES[version.version]), strict=False))
    return _SUFFIXES.privatesuffix(host) or host


def choose(due: Iterable[tuple[T, str]], pace: Pace) -> list[T]:
    """
    Choose which hosts are asked now; the others stay due.

    Args:
        due: Pairs of a host, or whatever stands for it, and its network, those that have waited longest first.

        pace: The limits.
    """
    asked: list[T] = []
    networks: Counter[str] = Counter()
    for host, network in due:
        if len(asked) == pace.at_once:
            break
        if networks[network] < pace.per_network:
            networks[network] += 1
            asked.append(host)
    return asked
