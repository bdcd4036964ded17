"""Several places see a host: when their keys differ, which of them is suspected, and when nobody can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.finding import Severity
from pinsmith.monitor.observation import Observation, Sight
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.vantages import RETIRED, RULE, Seen, compare, places, silent
from tests.checks.sample import HOST, NOW

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.checks.host_check import CheckVerdict
    from pinsmith.monitor.vantages import Comparison

PACE = Pace()
KNOWN = {"live": "api-2026", "next": "api-2027"}


def sight(key: str, verdict: CheckVerdict | None = None, address: str = "192.0.2.1") -> Sight:
    """One address presents a key; it is accepted if it is live."""
    return Sight(address, verdict or ("matched" if key == "live" else "mismatched"), "", "", (key,), (key,), "")


def observed(*sights: Sight) -> Observation:
    """Put what all addresses presented into one observation."""
    return Observation(HOST, 443, sights)


def seen(vantage: str, key: str, since: float, at: float, *more: Sight, verdict: CheckVerdict | None = None) -> Seen:
    """One place has seen a key from *since* minutes ago until *at* minutes ago."""
    start, end = NOW - timedelta(minutes=since), NOW - timedelta(minutes=at)
    return Seen(vantage, "ok" if key == "live" else "lockout", end, [(start, observed(sight(key, verdict), *more))])


def looked(vantage: str, *rounds: tuple[float, str]) -> Seen:
    """One place has seen these keys, from so many minutes ago on, the newest first; without a key, nothing answered."""
    history = []
    for minutes, keys in rounds:
        sights = [sight(key) for key in keys.split()] or [sight("x", "unreachable")]
        history.append((NOW - timedelta(minutes=minutes), observed(*sights)))
    return Seen(vantage, "lockout", history[0][0], history)


def compared(*views: Seen, known: dict[str, str] = KNOWN, now: datetime = NOW) -> Comparison:
    """Compare what places have seen."""
    return compare(views, known, now=now, pace=PACE)


@pytest.mark.parametrize(
    ("views", "verdict", "seers"),
    [
        pytest.param([seen("ams1", "live", 90, 5), seen("fra1", "live", 90, 1)], "agree", ("ams1", "fra1"), id="same"),
        pytest.param(
            [seen("ams1", "live", 90, 5), seen("fra1", "x", 10, 1)], "disagree", ("fra1",), id="asked between"
        ),
        pytest.param([seen("ams1", "live", 90, 5), seen("fra1", "x", 3, 1)], "unknown", ("ams1", "fra1"), id="new"),
        pytest.param([seen("ams1", "live", 90, 1), seen("fra1", "x", 3, 3)], "unknown", ("ams1", "fra1"), id="once"),
        pytest.param([seen("ams1", "x", 9, 5), seen("fra1", "x", 10, 1)], "agree", ("ams1", "fra1"), id="all see it"),
        pytest.param(
            [seen("ams1", "x", 4, 4), seen("fra1", "x", 10, 1), seen("par1", "live", 90, 5)],
            "disagree",
            ("ams1", "fra1"),
            id="two of three",
        ),
        pytest.param([seen("ams1", "live", 90, 5), seen("fra1", "next", 10, 1)], "agree", ("ams1", "fra1"), id="known"),
        pytest.param([seen("ams1", "live", 90, 60), seen("fra1", "x", 100, 1)], "unknown", ("fra1",), id="old"),
        pytest.param([seen("ams1", "live", 90, 60), seen("fra1", "live", 90, 1)], "unknown", ("fra1",), id="silent"),
        pytest.param([seen("fra1", "x", 90, 1)], "agree", ("fra1",), id="alone"),
        pytest.param(
            [seen("ams1", "live", 90, 5, verdict="unreachable"), seen("fra1", "x", 10, 1)],
            "unknown",
            ("fra1",),
            id="unreachable",
        ),
        pytest.param(
            [seen("ams1", "live", 90, 5), seen("fra1", "live", 10, 1, sight("x"))],
            "disagree",
            ("fra1",),
            id="one address",
        ),
        pytest.param(
            [seen("ams1", "live", 90, 5), seen("fra1", "x", 10, 1, verdict="not-verified")],
            "disagree",
            ("fra1",),
            id="no trusted chain",
        ),
        pytest.param([seen("ams1", "live", 90, 5), seen("fra1", "", 10, 1)], "disagree", ("fra1",), id="not readable"),
    ],
)
def test_a_key_is_suspicious_if_another_place_asked_in_between(
    views: list[Seen], verdict: str, seers: tuple[str, ...]
) -> None:
    """A man in the middle is seen before and after another place has not seen it; a change of the host is not."""
    found = compared(*views)
    assert (found.verdict, found.seers) == (verdict, seers)
    assert compared(*reversed(views)) == found


def test_a_key_that_matches_somewhere_is_not_unknown() -> None:
    """Its authority is pinned, for example, and one place gets the chain without that authority."""
    found = compared(seen("ams1", "leaf", 90, 5, verdict="matched"), seen("fra1", "leaf", 10, 1))
    assert (found.verdict, found.findings) == ("agree", ())
    assert dict(found.views[1].keys) == {"leaf": "pinned"}


def test_the_fix_suspects_the_network_that_sees_the_key() -> None:
    """The message names the place, both keys and the address that both places asked."""
    (finding,) = compared(seen("ams1", "live", 90, 5), seen("fra1", "x", 10, 1)).findings
    assert finding.rule == RULE
    assert finding.severity == Severity.HIGH
    assert finding.pin == "x"
    assert finding.message == (
        "an unknown key is seen from fra1 only (also at the same address 192.0.2.1): "
        "fra1 sees x; ams1 sees api-2026 (live)"
    )
    assert (finding.fix or "").startswith(f"suspect the network of fra1 before the host: run `pinsmith fetch {HOST}`")


def test_other_addresses_are_less_grave() -> None:
    """A content network may serve one region from other servers; if the chain is not trusted, that is grave, too."""
    start = NOW - timedelta(minutes=10)
    far = Seen("fra1", "lockout", NOW, [(start, observed(sight("x", None, "192.0.2.9")))])
    (finding,) = compared(seen("ams1", "live", 90, 5), far).findings
    assert finding.severity == Severity.MEDIUM
    assert "at other addresses, as a content network might do" in finding.message
    observation = observed(sight("x", "not-verified", "192.0.2.9"))
    far = Seen("fra1", "lockout", NOW, [(start, observation)])
    (finding,) = compared(seen("ams1", "live", 90, 5), far).findings
    assert finding.severity == Severity.HIGH


def test_without_a_pinned_key_nobody_is_suspected() -> None:
    """Two places see two unknown keys, so the deceived network is not known, and no key may be pinned."""
    found = compared(seen("ams1", "y", 90, 5), seen("fra1", "x", 10, 1))
    assert found.verdict == "disagree"
    assert {finding.severity for finding in found.findings} == {Severity.HIGH}
    assert all("nobody can tell from here which network is deceived" in (one.fix or "") for one in found.findings)


def test_names_of_places_are_safe_to_print() -> None:
    """Another release may have written a name that would be refused today."""
    found = compared(seen("ams1", "live", 90, 5), seen("fra\x1b[2J", "x", 10, 1))
    assert found.seers == ("fra\\x1b[2J",)
    assert "\x1b" not in found.findings[0].message + (found.findings[0].fix or "")


def test_many_keys_and_many_places_are_not_all_listed() -> None:
    """An attacker cannot make an alert that is too long."""
    many = [seen(f"p{number:02}", f"x{number}", 10, 1 + number / 100) for number in range(20)]
    findings = compared(seen("home", "live", 90, 5), *many).findings
    assert len(findings) == 5
    assert places([f"p{number}" for number in range(20)]).endswith("p7 and 12 more")
    assert len(findings[0].message) < 600


def test_a_place_that_was_given_up_is_not_waited_for() -> None:
    """After a month, the other places agree without it, and it is not listed."""
    month = RETIRED / timedelta(minutes=1)
    found = compared(seen("ams1", "live", 90, 5), seen("fra1", "live", 90, 1), seen("old", "x", month + 9, month))
    assert (found.verdict, [view.vantage for view in found.views]) == ("agree", ["ams1", "fra1"])


def test_a_silent_place_is_named_after_four_intervals() -> None:
    """It is not named before, and not after a month."""
    ages = {"ams1": 0.0, "fra1": 3.9, "par1": 4.1, "old": RETIRED / PACE.interval}
    asked = {name: NOW - age * PACE.interval for name, age in ages.items()}
    assert silent(asked, now=NOW, pace=PACE) == ["par1"]


@pytest.mark.parametrize(
    ("rounds", "other", "verdict"),
    [
        pytest.param([(1, "x"), (10, "y")], "live", "disagree", id="a new key in each round"),
        pytest.param([(1, "x live"), (10, "y live")], "live", "disagree", id="a new key at one address"),
        pytest.param([(1, "x"), (3, ""), (10, "y")], "live", "disagree", id="no answer in between"),
        pytest.param([(1, "x"), (3, "live"), (10, "x")], "live", "unknown", id="the pinned key since then"),
        pytest.param([(1, "x"), (10, "live")], "live", "unknown", id="the pinned key before"),
        pytest.param([(1, "x"), (10, "y")], "y", "unknown", id="the host changed after the other place asked"),
        pytest.param([(1, "x"), (10, "y")], "x", "agree", id="the host changed before the other place asked"),
        pytest.param([(1, "x"), (3, "")], "live", "unknown", id="no round before"),
    ],
)
def test_the_key_may_be_another_one_in_each_round(rounds: list[tuple[float, str]], other: str, verdict: str) -> None:
    """An attacker can present a new key to each connection; a host that changes its key is still not suspected."""
    assert compared(seen("ams1", other, 90, 5), looked("fra1", *rounds)).verdict == verdict
