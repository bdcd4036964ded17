"""Which policy is in force follows from what was signed, from the floor, and from the time alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Chain
from pinsmith.errors import PinMismatchError
from pinsmith.policy import CompromisedKey, HostPins, Policy, TrustAnchor
from pinsmith.updates.in_force import Former, InForce, Signed, in_force
from pinsmith.updates.suspension import Suspension
from pinsmith.verdict import decide, require
from tests.updates.bundles import HOST, NOW, OTHER, entry, key, policy
from tests.updates.world import DAY, pins

if TYPE_CHECKING:
    from pinsmith.pinfile._document import AfterExpiry

FLOOR = policy()
API, CDN = FLOOR.hosts
WEEK = 7 * DAY


def found(
    content: Policy,
    *former: Former,
    suspensions: tuple[Suspension, ...] = (),
    now: dt.datetime = NOW,
    after_expiry: AfterExpiry = "refuse",
    floor: Policy = FLOOR,
) -> InForce:
    """Return what is in force under a policy that expires after 90 days."""
    signed = Signed(2, content, suspensions, NOW + 90 * DAY)
    return in_force(floor, signed, former, delay=WEEK, after_expiry=after_expiry, now=now)


def api(*names: str, **options: object) -> Policy:
    """Change the first host of the floor."""
    return policy(replace(API, keys=tuple(map(key, names)), **options), CDN)  # type: ignore[arg-type]


def test_a_removed_key_is_accepted_for_the_delay() -> None:
    """From the time when its removal was first seen, and not a moment longer."""
    before = Former(FLOOR, NOW)
    moment = found(api("live", "next"), before)
    assert pins(moment.policy) == {"live", "next", "standby"}
    assert [(one.host, one.key, one.due) for one in moment.removals] == [(HOST, "standby", NOW + WEEK)]
    assert moment.changes == NOW + WEEK
    almost = found(api("live", "next"), before, now=NOW + WEEK - dt.timedelta(microseconds=1))
    assert pins(almost.policy) == {"live", "next", "standby"}
    due = found(api("live", "next"), before, now=NOW + WEEK)
    assert pins(due.policy) == {"live", "next"}
    assert (due.removals, due.changes) == ((), NOW + 90 * DAY)


def test_a_host_that_is_gone_is_pinned_for_the_delay() -> None:
    """It was pinned by an update only, and keeps its whole entry."""
    more = entry("new.example.test", "new", "new-standby", include_subdomains=True, report_uris=("https://r.test/",))
    before = Former(policy(API, CDN, more), NOW)
    assert found(FLOOR, before).policy.find("a.new.example.test") == more
    assert found(FLOOR, before, now=NOW + WEEK).policy.find("new.example.test") is None


def test_each_key_counts_from_the_last_policy_with_it() -> None:
    """Several updates within the delay remove one key after another."""
    formers = Former(api("a", "b", "c"), NOW), Former(api("b", "c"), NOW + DAY), Former(api("c", "d"), NOW + 2 * DAY)
    moment = found(api("d", "e"), *formers, now=NOW + 3 * DAY)
    assert {one.key: one.due for one in moment.removals} == {
        "a": NOW + WEEK,
        "b": NOW + DAY + WEEK,
        "c": NOW + 2 * DAY + WEEK,
    }
    assert pins(found(api("d", "e"), *formers, now=NOW + WEEK).policy) == {"b", "c", "d", "e"}


def test_a_compromised_key_ends_at_once() -> None:
    """The delay is for those who are late, not for thieves; the other removed keys keep it."""
    stolen = CompromisedKey("live", key("live").pin)
    content = replace(api("next", "later"), compromised=(stolen,))
    moment = found(content, Former(FLOOR, NOW))
    assert pins(moment.policy) == {"next", "later", "standby"}
    assert [one.key for one in moment.removals] == ["standby"]


@pytest.mark.parametrize("part", ["keys", "anchors"])
def test_a_host_that_is_gone_has_no_compromised_part(part: str) -> None:
    """Its entry ends at once if nothing else is left of its keys or of its trust anchors."""
    anchor = TrustAnchor("root.pem", key("root").pin)
    anchors = (anchor,) if part == "anchors" else ()
    gone = entry("new.example.test", "new", trust_anchors=anchors)
    bad = CompromisedKey("bad", anchor.pin if part == "anchors" else key("new").pin)
    content = Policy(FLOOR.hosts, compromised=(bad,))
    assert found(content, Former(policy(API, CDN, gone), NOW)).policy.find("new.example.test") is None


def test_a_name_that_means_another_key_now_is_not_mixed_up() -> None:
    """A rotation may give the name `live` to the new key."""
    renamed = policy(replace(API, keys=(replace(key("other"), name="live"), key("standby"))), CDN)
    moment = found(renamed, Former(FLOOR, NOW))
    accepted = moment.policy.find(HOST)
    assert accepted is not None
    assert {one.pin for one in accepted.keys} == {key("other").pin, key("standby").pin, key("live").pin}
    assert [(one.key, one.pin) for one in moment.removals] == [("live-removed", key("live").pin)]


def test_a_host_that_moves_below_a_parent_accepts_the_keys_of_both() -> None:
    """An entry that stays for the delay does not hide the new keys of the parent, nor the other way round."""
    parent = entry("example.test", "p", "q", include_subdomains=True)
    alone, below = policy(entry("x.example.test", "a", "b"), API, CDN), policy(parent, API, CDN)
    assert pins(found(below, Former(alone, NOW)).policy, "x.example.test") == {"a", "b", "p", "q"}
    assert pins(found(alone, Former(below, NOW)).policy, "x.example.test") == {"a", "b", "p", "q"}
    assert pins(found(below, Former(alone, NOW), now=NOW + WEEK).policy, "x.example.test") == {"p", "q"}


def test_keys_of_authorities_do_not_come_into_an_entry_without_verification() -> None:
    """With `pins-only`, a leaf alone may match, so a removed authority is refused at once."""
    authority = replace(key("ca"), role="root")
    before = policy(replace(API, keys=(authority, key("live"))), CDN)
    assert pins(found(api("live", "next", trust="pins-only"), Former(before, NOW)).policy) == {"live", "next"}


@pytest.mark.parametrize("mode", ["off", "expired"])
def test_what_was_not_in_force_is_not_kept(mode: str) -> None:
    """Pins that nobody enforced are not removed from anything."""
    before = entry(HOST, "old", expires=NOW.date()) if mode == "expired" else HostPins(HOST, mode="off")
    assert found(FLOOR, Former(policy(before, CDN), NOW)).policy == FLOOR


def test_a_suspension_reports_only_and_ends_by_itself() -> None:
    """From its begin to its end, of one host, and without an update."""
    suspension = Suspension(HOST, NOW + DAY, NOW + 3 * DAY, "lost")
    days = [found(FLOOR, suspensions=(suspension,), now=NOW + day * DAY) for day in range(4)]
    modes = [[one.mode for one in moment.policy] for moment in days]
    assert modes == [["enforce", "enforce"], ["report-only", "enforce"], ["report-only", "enforce"], ["enforce"] * 2]
    assert [moment.suspensions for moment in days] == [(), (suspension,), (suspension,), ()]
    assert [moment.changes for moment in days[:3]] == [NOW + DAY, NOW + 3 * DAY, NOW + 3 * DAY]


@pytest.mark.parametrize("include_subdomains", [False, True])
def test_an_expired_policy_refuses_what_it_pins(include_subdomains: bool) -> None:  # noqa: FBT001
    """Each of its hosts is refused with an error that says why and what to do, whatever it presents."""
    content = policy(
        replace(API, include_subdomains=include_subdomains, trust_anchors=(TrustAnchor("r.pem", key("r").pin),)),
        replace(CDN, trust="pins-only"),
        entry("reports.example.test", "a", mode="report-only"),
        HostPins("off.example.test", mode="off"),
        entry("ended.example.test", "a", expires=(NOW + DAY).date()),
    )
    moment = found(content, now=NOW + 90 * DAY, suspensions=(Suspension(HOST, NOW + 80 * DAY, NOW + 99 * DAY, "x"),))
    assert (moment.expired, moment.source, moment.suspensions, moment.changes) == (True, "update", (), None)
    for host in [HOST, OTHER] + [f"a.{HOST}"] * include_subdomains:
        verdict = decide(moment.policy, host, Chain(()), now=NOW)
        with pytest.raises(PinMismatchError) as caught:
            require(moment.policy, verdict)
        day = (NOW + 90 * DAY).date()
        assert str(caught.value) == (
            f"{host} is refused, because the signed policy expired on {day} and no newer one was found"
        )
        assert "let the program reach its update address, or install a newer release" in str(caught.value.hint)
    for host in ("reports.example.test", "off.example.test", "ended.example.test", "other.example.com"):
        require(moment.policy, decide(moment.policy, host, Chain(()), now=NOW + 90 * DAY))


def test_the_floor_may_follow_an_expired_policy() -> None:
    """With `after-expiry = "floor"`, the policy that the program was built with counts, without any suspension."""
    content = policy(entry(HOST, "live", "next"), CDN, entry("new.example.test", "new"))
    moment = found(content, Former(FLOOR, NOW), now=NOW + 90 * DAY, after_expiry="floor")
    assert moment.policy is FLOOR
    assert (moment.expired, moment.source) == (True, "floor")
    assert found(content, now=NOW + 90 * DAY - dt.timedelta(microseconds=1), after_expiry="floor").source == "update"
