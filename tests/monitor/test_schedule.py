"""When hosts are asked again, and how many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pinsmith.monitor.schedule import Pace, choose, network_of, next_time

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
PACE = Pace(interval=timedelta(minutes=10), again=timedelta(minutes=1), jitter=0.1, per_network=2, at_once=3)


@pytest.mark.parametrize(
    ("rounds", "chance", "minutes"), [(0, 0.5, 10), (0, 0.0, 9), (0, 1.0, 11), (1, 0.5, 1), (3, 0.5, 4), (99, 0.5, 10)]
)
def test_uncertain_hosts_are_asked_sooner_with_back_off(rounds: int, chance: float, minutes: float) -> None:
    """The time doubles with each uncertain round up to the usual one, and jitter moves it by a tenth."""
    assert next_time(PACE, NOON, uncertain_rounds=rounds, chance=chance) == NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("host", "addresses", "network"),
    [
        ("api.example.com", ["192.0.2.77"], "192.0.2.0/24"),
        ("api.example.com", ["2001:db8:1:2::7"], "2001:db8:1::/48"),
        ("fe80.example.com", ["fe80::1%eth0"], "fe80::/48"),
        ("192.0.2.9", [], "192.0.2.0/24"),
        ("a.b.example.co.uk", [], "example.co.uk"),
        ("localhost", [], "localhost"),
    ],
)
def test_a_budget_is_for_a_network_or_a_domain(host: str, addresses: list[str], network: str) -> None:
    """Hosts behind one operator share a budget even if their names differ."""
    assert network_of(host, addresses) == network


def test_no_network_gets_more_than_its_share() -> None:
    """Hosts beyond the budget stay due, and those that wait longest come first."""
    due = [("a", "one"), ("b", "one"), ("c", "one"), ("d", "two"), ("e", "three")]
    assert choose(due, PACE) == ["a", "b", "d"]
