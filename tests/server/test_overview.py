"""The choice of hosts that the overview shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.monitor.observation import Observation, Sight
from pinsmith.monitor.outcome import Memory, Service
from pinsmith.monitor.watch import Watch
from pinsmith.server.overview import ROWS, Wanted, choose, expiry, leaves
from pinsmith.store import ServiceState
from tests.checks.sample import NOW, START

if TYPE_CHECKING:
    from pinsmith.monitor.status import State

LEAF = Authority.root().issue("api.example.com", not_before=START, not_after=NOW + timedelta(days=10, hours=1))


def state(host: str, state: State = "ok") -> ServiceState:
    """Describe a host that has presented LEAF."""
    sight = Sight("192.0.2.1", "matched", "", "live", ("leaf",), (LEAF.pin,), "CN=Lab")
    memory = Memory(Watch(state, NOW), Observation(host, 443, (sight,)), NOW)
    return ServiceState(Service("/srv/pins.toml", host, 443), "", memory, [], NOW)


def names(*hosts: ServiceState, **query: str) -> list[str]:
    """Return the names of the hosts that are shown."""
    return [host.service.host for host in choose(hosts, Wanted.parse(query)).hosts]


def test_the_worst_stands_first() -> None:
    """Hosts are sorted by state, and then by name; the counts are in the same order."""
    hosts = state("b.example.com"), state("a.example.com"), state("z.example.com", "lockout")
    assert names(*hosts) == ["z.example.com", "a.example.com", "b.example.com"]
    assert choose(hosts, Wanted(state="ok")).states == (("lockout", 1), ("ok", 2))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"name": " SHOP "}, ["shop.example.com"]),
        ({"state": "lockout"}, ["api.example.com"]),
        ({"name": "shop", "state": "lockout"}, []),
        ({"state": "nonsense", "page": "-1"}, ["api.example.com", "shop.example.com"]),
        ({"page": "99999"}, ["api.example.com", "shop.example.com"]),
        ({"page": "9" * 5000}, ["api.example.com", "shop.example.com"]),
    ],
)
def test_a_choice_never_hides_by_mistake(query: dict[str, str], shown: list[str]) -> None:
    """Name and state restrict the list; a field that makes no sense does not."""
    assert names(state("api.example.com", "lockout"), state("shop.example.com"), **query) == shown


def test_many_hosts_are_several_pages() -> None:
    """Each host is on exactly one page, and the links keep the choice."""
    hosts = [state(f"host-{number:03}.example.com") for number in range(2 * ROWS + 1)]
    pages = [choose(hosts, Wanted("host", "ok", number)) for number in (1, 2, 3)]
    assert [len(page.hosts) for page in pages] == [ROWS, ROWS, 1]
    assert {host.service.host for page in pages for host in page.hosts} == {host.service.host for host in hosts}
    assert (pages[0].before, pages[0].after) == ("", "/?name=host&state=ok&page=2")
    assert (pages[2].before, pages[2].after) == ("/?name=host&state=ok&page=2", "")


def test_the_days_until_a_certificate_ends() -> None:
    """The badge has whole days, and a tone that gets worse; without a certificate there is none."""
    host = state("api.example.com")
    assert leaves([host]) == {"leaf"}
    days = {
        0: ("10 days", "warn"),
        8: ("2 days", "bad"),
        10: ("today", "bad"),
        11: ("ended", "bad"),
        -90: ("100 days", "faint"),
    }
    for later, (words, tone) in days.items():
        found = expiry(host, {"leaf": LEAF.der}, NOW + timedelta(days=later))
        assert found is not None
        assert (str(found), found.tone) == (words, tone)
    assert expiry(host, {}, NOW) is None
    assert expiry(host, {"leaf": b"nonsense"}, NOW) is None
