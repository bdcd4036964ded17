"""The timeline of a host: which lanes it has, and where their bars stand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith.lab.pki.authority import Authority
from pinsmith.monitor.observation import Observation, Sight
from pinsmith.server.timeline import WIDTH, Timeline, timeline
from pinsmith.store import Span
from tests.checks.sample import HOST, NOW, START

if TYPE_CHECKING:
    from pinsmith.checks.host_check import CheckVerdict
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.monitor.status import State

DAY = timedelta(days=1)
ROOT = Authority.root()
LEAF, STRANGER = (ROOT.issue(HOST, not_before=START, not_after=NOW + days * DAY) for days in (10, 900))
DERS = {"leaf": LEAF.der, "stranger": STRANGER.der}


def span(begins: int, ends: int, leaf: str, *, key: str = "", state: State = "ok", issuer: str = "CN=Lab") -> Span:
    """Describe a time, in days before now, in which the host presented a leaf."""
    verdict: CheckVerdict = "matched" if key else "mismatched"
    identity: Identity = {"leaf": LEAF, "stranger": STRANGER}[leaf]
    sight = Sight("192.0.2.1", verdict, "" if key else "no-pinned-key", key, (leaf,), (identity.pin,), issuer)
    return Span(NOW - begins * DAY, NOW - ends * DAY, state, Observation(HOST, 443, (sight,)), [])


def drawn(*spans: Span) -> Timeline:
    """Draw *spans*."""
    made = timeline(spans, DERS, now=NOW)
    assert made is not None
    return made


def test_lanes_are_states_keys_issuers_and_certificates() -> None:
    """A key that lasts through several spans has one bar; an unknown key has its own lane and its own kind."""
    made = drawn(
        span(5, 0, "stranger", state="lockout"), span(40, 20, "leaf", key="live"), span(20, 6, "leaf", key="live")
    )
    lanes = [(lane.group, lane.label, [period.kind for period in lane.periods]) for lane in made.lanes]
    assert lanes == [
        ("State", "State", ["ok", "ok", "lockout"]),
        ("Key", "live (pinned)", ["matched"]),
        ("Key", f"{STRANGER.pin} (not pinned)", ["unknown"]),
        ("Issuer", "CN=Lab", ["issuer"]),
        ("Certificate", "leaf…, until 2026-06-25", ["valid"]),
        ("Certificate", "stranger…, until 2028-12-01", ["valid"]),
    ]
    (live,) = made.lanes[1].periods
    assert (live.begins, live.ends) == (NOW - 40 * DAY, NOW - 6 * DAY)


def test_silence_is_a_gap() -> None:
    """While the host did not answer, no key is drawn."""
    silence = Sight("192.0.2.1", "unreachable", "refused", "", (), (), "")
    silent = Span(NOW - 30 * DAY, NOW - 20 * DAY, "unreachable", Observation(HOST, 443, (silence,)), [])
    made = drawn(span(40, 31, "leaf", key="live"), silent, span(19, 0, "leaf", key="live"))
    first, second = made.lanes[1].periods
    assert first.x + first.width < second.x


def test_everything_stands_within_the_picture() -> None:
    """A certificate that is valid for years is cut, and a moment has a bar that can be seen."""
    made = drawn(span(1, 1, "stranger", state="lockout"), span(0, 0, "leaf", key="live"))
    periods = [period for lane in made.lanes for period in lane.periods]
    assert all(period.width >= 3 and period.x >= 0 and period.x + period.width <= WIDTH for period in periods)
    assert all(0 < tick.x < WIDTH for tick in made.ticks)
    assert len(made.ticks) >= 2
    assert 0 < made.now < WIDTH


def test_a_worse_state_is_higher() -> None:
    """Colour alone says nothing: heights differ by state, and the legend has the same heights."""
    made = drawn(span(9, 5, "leaf", key="live"), span(4, 0, "stranger", state="lockout"))
    heights = {period.kind: period.height for period in made.lanes[0].periods}
    assert heights["ok"] < heights["lockout"]
    assert dict(made.states) == heights


def test_only_the_newest_lanes_are_drawn() -> None:
    """A host with a hundred issuers has a picture that can be read, which says that some are missing."""
    made = drawn(*(span(100 - day, 100 - day, "leaf", key="live", issuer=f"CN={day}") for day in range(100)))
    issuers = [lane.label for lane in made.lanes if lane.group == "Issuer"]
    assert issuers == [f"CN={day}" for day in range(92, 100)]
    assert made.older == 92


def test_what_was_never_seen_has_no_picture() -> None:
    """Without an observation there is nothing to draw."""
    assert timeline([], {}, now=NOW) is None
