"""Pins that end: which hosts are found, and how an export refuses them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pinsmith.checks import ending
from pinsmith.errors import EndingPinsError
from pinsmith.policy import HostPins, Policy
from tests.checks.sample import key

NOW = datetime(2031, 5, 1, tzinfo=UTC)
KEYS = (key("live", "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),)


def _policy(*days: date | None) -> Policy:
    return Policy(tuple(HostPins(f"h{at}.test", KEYS, expires=day) for at, day in enumerate(days)))


@pytest.mark.parametrize(
    ("expires", "rules"),
    [
        (None, []),
        (date(2031, 4, 30), ["pins-ended"]),
        (date(2031, 5, 1), ["pins-ended"]),
        (date(2031, 5, 2), ["pins-expire"]),
        (date(2031, 5, 30), ["pins-expire"]),
        (date(2031, 5, 31), []),
    ],
    ids=str,
)
def test_the_day_decides_which_rule_is_broken(expires: date | None, rules: list[str]) -> None:
    """From 00:00 UTC of their day pins have ended, and in the thirty days before it they end soon."""
    found = ending.find(_policy(expires), {"h0.test"}, now=NOW)
    assert [finding.rule for finding in found] == rules
    assert {str(finding.place) for finding in found} <= {"h0.test"}


def test_hosts_that_are_not_written_do_not_count() -> None:
    """An output for one host is not refused because of another host."""
    assert ending.find(_policy(None, date(2031, 5, 2)), {"h0.test"}, now=NOW) == ()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([date(2031, 4, 30)], "have ended"),
        ([date(2031, 5, 2)], "end soon"),
        ([date(2031, 4, 30), date(2031, 5, 2)], "end soon"),
    ],
)
def test_the_error_lists_every_host(days: list[date], words: str) -> None:
    """The error states that all pins have ended only if that is the case."""
    found = ending.find(_policy(*days), {"h0.test", "h1.test"}, now=NOW)
    with pytest.raises(EndingPinsError, match=f"the pins for a.xml {words}, so nothing is written") as caught:
        ending.require_lasting(found, "a.xml")
    assert [line.partition(":")[0] for line in caught.value.details] == [f"h{at}.test" for at in range(len(days))]
