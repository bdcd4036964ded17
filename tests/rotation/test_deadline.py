"""Warnings of the dates of a rotation: which step is due, what blocks it, and when nothing is worth a word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.certificate import Certificate
from pinsmith.checks import check_host
from pinsmith.errors import CertificateError
from pinsmith.pinfile import PinFile
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.probe import Fetched, Target
from pinsmith.rotation.course import EVENTS, Move
from pinsmith.rotation.deadline import with_deadlines
from tests.rotation.stage import HOST, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.finding import Finding

# The certificate ends on 2027-01-01. Users need 60 days, so the last day for the switch is 2026-12-18, and that for
# everything before it 2026-10-19.
END = date(2027, 1, 1)
LEAD_TIME = 60


def at(month: int, day: int, year: int = 2026) -> datetime:
    """Return noon of a day."""
    return datetime(year, month, day, 12, tzinfo=UTC)


def warned(stage: Stage, now: datetime, *keys: Key, **given: Any) -> list[Finding]:  # noqa: ANN401
    """Return the warnings about a host with *keys*, by default those of the stage, that presents the old one."""
    entry = given.pop("entry", HostPins(HOST, keys or (stage.old, stage.new, stage.spare)))
    lead_time, shown = given.pop("lead_time", LEAD_TIME), given.pop("shown", [stage.shows("old")])
    releases = given.pop("releases", [stage.released("4.0", stage.old, stage.new)])
    assert not given
    policy = Policy((entry,), entry.keys)
    pin_file = PinFile(policy, lead_time=lead_time)
    bare = check_host(policy, shown, now=now, releases=releases)
    found = with_deadlines(bare, shown, pin_file=pin_file, journal=stage.journal, releases=releases, now=now)
    return [*found[0].findings[len(bare[0].findings) :]]


def begin(stage: Stage, *moves: Move, now: datetime, **facts: str) -> None:
    """Record moves of a rotation from the old key to the new one."""
    for move in moves:
        about = {"from": str(stage.old.pin), "to": str(stage.new.pin)} | facts
        stage.journal.add(EVENTS[move], now, key="new", host=HOST, facts=about)


def rules(found: Sequence[Finding]) -> list[str]:
    """Return the rules."""
    return [finding.rule for finding in found]


def lasting(stage: Stage, days: int, left: int, now: datetime) -> list[Fetched]:
    """Present the old key in a certificate of some days, of which some are left."""
    end = now + timedelta(days=left)
    old = stage.identities["old"]
    identity = stage.root.issue(HOST, key=old.key, not_before=end - timedelta(days=days), not_after=end)
    chain = stage.chain(identity)
    return [Fetched(Target(HOST), "192.0.2.1", "TLSv1.3", "", chain, chain, None)]


def test_a_host_that_is_ready_for_another_key_is_left_alone(stage: Stage) -> None:
    """The next key is proven, pinned and shipped, so it may be kept as long as the certificate is renewed."""
    for now in (at(6, 15), at(10, 10), at(12, 30)):
        stage.prove(stage.new, "Berlin", now)
        assert warned(stage, now) == []


def test_what_users_need_in_time_is_due_two_weeks_before(stage: Stage) -> None:
    """The first step that is missing is named with its day, its reason and its command; a later day is overdue."""
    fresh = stage.key("spare", standby=True)
    stage.journal.entries.clear()
    assert warned(stage, at(10, 4), stage.old, fresh) == []
    (finding,) = warned(stage, at(10, 9), stage.old, fresh)
    assert finding.rule == "rotation-due"
    assert finding.message == (
        "the next key has to be ready on 2026-10-19, in 10 days, because users need 60 days to update before its "
        "certificate ends on 2027-01-01; the private key of spare was not proven in the last 180 days"
    )
    assert finding.fix == "sign with it: `pinsmith key prove spare FILE --custody PLACE`"
    (finding,) = warned(stage, at(10, 20), stage.old)
    assert finding.rule == "rotation-overdue"
    assert "the next key had to be ready on 2026-10-19, 1 day ago, " in finding.message


def test_a_release_is_due_until_one_has_the_next_key(stage: Stage) -> None:
    """Users of older releases may be updating by then; if no release is recorded, nobody knows."""
    now = at(10, 10)
    stage.prove(stage.new, "Berlin", now)
    old = stage.released("3.9", stage.old)
    (finding,) = warned(stage, now, releases=[old])
    assert "android 3.9 (2.1% of users) would be locked out" in finding.message
    assert "ship a release that pins it" in (finding.fix or "")
    assert warned(stage, now, releases=[old, stage.released("4.0", stage.old, stage.new)]) == []
    assert warned(stage, now, releases=[]) == []


def test_dates_that_would_warn_for_ever_are_left_out(stage: Stage) -> None:
    """Tools renew short-lived certificates with the same key, and a pinned authority may issue one with any key."""
    now, bare = at(10, 10), stage.key("old")
    assert rules(warned(stage, now, bare)) == ["rotation-due"]
    assert warned(stage, now, bare, shown=lasting(stage, 90, 20, now)) == []
    authority = Key("root", Certificate(stage.root.der).pin, "root")
    assert warned(stage, now, authority) == warned(stage, now, bare, authority) == []
    assert warned(stage, now, bare, lead_time=0) == []
    assert warned(stage, now, entry=HostPins(HOST, (bare,), port=8443)) == []
    assert warned(stage, now, entry=HostPins(HOST, (bare,), mode="off")) == []


def test_a_move_is_blocked_when_its_day_is_near(stage: Stage) -> None:
    """While users update, a guard that waits for them causes no warning; two weeks before the switch it does."""
    begin(stage, "pin", now=at(10, 1))
    lacking = [stage.released("3.9", stage.old), stage.released("4.0", stage.old, stage.new)]
    stage.prove(stage.new, "Berlin", at(11, 1))
    stage.prove(stage.new, "Oslo", at(11, 1))
    assert warned(stage, at(12, 3), releases=lacking) == []
    (finding,) = warned(stage, at(12, 8), releases=lacking)
    assert finding.rule == "rotation-stuck"
    assert finding.message == (
        "the move `certify` of its rotation to new is due on 2026-12-18, in 10 days, because its certificate ends on "
        "2027-01-01; it is blocked: android 3.9 (2.1% of users) would be locked out: new is not pinned there"
    )
    assert finding.fix is not None
    assert "pinsmith release end APP VERSION" in finding.fix
    assert f"pinsmith rotate status {HOST}" in finding.fix


def test_a_move_that_nothing_blocks_is_due(stage: Stage) -> None:
    """The certificate and the way it is renewed are asked for by the command, so they block nothing here."""
    begin(stage, "pin", now=at(10, 1))
    for place in ("Berlin", "Oslo"):
        stage.prove(stage.new, place, at(11, 1))
    (finding,) = warned(stage, at(12, 8))
    assert (finding.rule, finding.fix) == ("rotation-due", f"run `pinsmith rotate next {HOST} --certificate FILE`")
    begin(stage, "certify", now=at(12, 8))
    (finding,) = warned(stage, at(12, 19))
    assert finding.rule == "rotation-stuck"
    assert "the move `switch` of its rotation to new was due on 2026-12-18, 1 day ago" in finding.message
    assert "the host does not present new" in finding.message
    assert rules(warned(stage, at(12, 19), shown=[stage.shows("new")])) == ["rotation-overdue"]


def test_a_certificate_that_is_renewed_in_time_presses_nobody(stage: Stage) -> None:
    """Of 90 days, the old key may go on while renewals work; only a renewal that is late makes the day near."""
    now = at(6, 15)
    begin(stage, "pin", now=now)
    assert warned(stage, now, shown=lasting(stage, 90, 24, now)) == []
    assert rules(warned(stage, now, shown=lasting(stage, 90, 21, now))) == ["rotation-due"]


def test_an_emergency_is_due_on_the_day_on_which_it_began(stage: Stage) -> None:
    """It does not wait for the end of the certificate."""
    begin(stage, "pin", now=at(6, 15), emergency="key-compromised", choice="wait")
    (finding,) = warned(stage, at(6, 16), releases=[stage.released("3.9", stage.old)])
    assert finding.rule == "rotation-stuck"
    assert "was due on 2026-06-15, 1 day ago, because key-compromised is an emergency; it is blocked" in finding.message


def test_an_old_key_is_due_when_nobody_needs_it(stage: Stage) -> None:
    """It is left alone while users update, then it is due, or it is blocked because no backup would be left."""
    begin(stage, "pin", "certify", "switch", now=at(6, 15))
    serving = Key("new", stage.new.pin, "leaf")
    shown = [stage.shows("new")]
    stage.prove(stage.spare, "Berlin", at(8, 1))
    assert warned(stage, at(8, 10), stage.old, serving, stage.spare, shown=shown) == []
    (finding,) = warned(stage, at(8, 20), stage.old, serving, stage.spare, shown=shown)
    assert (finding.rule, finding.fix) == ("rotation-due", f"run `pinsmith rotate next {HOST}`")
    assert finding.message == "old is still pinned, although users have had the time to update"
    (finding,) = warned(stage, at(8, 20), stage.old, serving, shown=shown)
    assert finding.rule == "rotation-stuck"
    assert finding.message.startswith("old cannot be removed: no key would be left that no server presents")


def test_a_rotation_that_cannot_go_on_is_blocked(stage: Stage) -> None:
    """Somebody has removed the next key from the pin file."""
    begin(stage, "pin", now=at(6, 15))
    (finding,) = warned(stage, at(6, 16), stage.old, stage.spare)
    assert finding.rule == "rotation-stuck"
    assert "the pin file no longer has that key" in finding.message
    assert f"pinsmith rotate abort {HOST}" in (finding.fix or "")


@pytest.mark.parametrize(
    ("expires", "words"),
    [
        (date(2026, 9, 1), None),
        (date(2026, 7, 15), "end on 2026-07-15, in 30 days, and then its users accept any trusted certificate"),
        (date(2026, 6, 1), "ended on 2026-06-01, 14 days ago, so its users accept any trusted certificate"),
    ],
)
def test_pins_of_a_release_that_end_are_named_with_the_users(stage: Stage, expires: date, words: str | None) -> None:
    """They end before users have updated; the lead time of the pin file says how long that takes."""
    release = stage.released("3.9", stage.old, expires=expires)
    found = warned(stage, at(6, 15), releases=[release])
    assert [finding.message for finding in found] == (
        [f"the pins of android 3.9 (2.1% of users) {words}"] if words else []
    )
    assert rules(found) == ["release-pins-end"] * len(found)


def test_a_certificate_without_readable_dates_ends_no_watch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can present one; an open rotation is blocked then, and without one there is no date."""

    def unreadable(_: Certificate) -> datetime:
        raise CertificateError("the dates cannot be read")

    monkeypatch.setattr(Certificate, "not_after", property(unreadable))
    assert warned(stage, at(10, 10), stage.key("old")) == []
    begin(stage, "pin", now=at(10, 1))
    (finding,) = warned(stage, at(10, 10))
    assert (finding.rule, finding.message) == (
        "rotation-stuck",
        "its rotation cannot go on: the dates cannot be read",
    )
