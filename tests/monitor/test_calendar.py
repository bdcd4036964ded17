"""The times of digests, also on the days on which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pinsmith.monitor.calendar import Calendar

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("calendar", "now", "last", "following"),
    [
        (Calendar(time(8)), "06-15 07:59", "06-14 08:00", "06-15 08:00"),
        (Calendar(time(8)), "06-15 08:00", "06-15 08:00", "06-16 08:00"),
        (Calendar(time(8), zone=BERLIN), "06-15 12:00", "06-15 06:00", "06-16 06:00"),
        (Calendar(time(8), zone=BERLIN), "03-28 12:00", "03-28 07:00", "03-29 06:00"),
        (Calendar(time(2, 30), zone=BERLIN), "03-29 12:00", "03-29 01:30", "03-30 00:30"),
        (Calendar(time(2, 30), zone=BERLIN), "10-25 12:00", "10-25 00:30", "10-26 01:30"),
        (Calendar(time(0), zone=ZoneInfo("Pacific/Kiritimati")), "06-15 11:00", "06-15 10:00", "06-16 10:00"),
        (Calendar(time(23, 59), zone=ZoneInfo("Pacific/Pago_Pago")), "06-15 10:00", "06-14 10:59", "06-15 10:59"),
        (Calendar(time(8), frozenset({0})), "06-14 12:00", "06-08 08:00", "06-15 08:00"),
        (Calendar(time(8), frozenset({0})), "06-15 07:00", "06-08 08:00", "06-15 08:00"),
    ],
    ids=[
        "before it",
        "at it",
        "in another zone",
        "before clocks go forward",
        "at an hour that is left out",
        "at an hour that comes twice",
        "far in the east",
        "far in the west",
        "on Mondays, on a Sunday",
        "on Mondays, before it",
    ],
)
def test_a_digest_has_a_time_of_day(calendar: Calendar, now: str, last: str, following: str) -> None:
    """The last time and the next one are those that clocks in the zone show."""

    def moment(text: str) -> datetime:
        return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)

    assert (calendar.last(moment(now)), calendar.next(moment(now))) == (moment(last), moment(following))


def test_each_day_has_one_digest() -> None:
    """In a year with both changes of clocks, each local day has exactly one, whatever the time of day is."""
    for at in (time(0), time(2), time(2, 30), time(3), time(23, 59)):
        calendar, now = Calendar(at, zone=BERLIN), datetime(2026, 1, 1, tzinfo=UTC)
        days = []
        for _ in range(365):
            now = calendar.next(now)
            assert calendar.last(now) == now
            assert calendar.last(now + timedelta(minutes=1)) == now
            days.append(now.astimezone(BERLIN).date())
        assert len(set(days)) == 365
