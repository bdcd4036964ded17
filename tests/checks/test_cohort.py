"""Releases that are in use, asked about the chain of a host."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.authorities import compromised_keys
from pinsmith.checks import check_certificate_file, check_host
from pinsmith.checks.cohort import for_releases_alone
from pinsmith.checks.host_check import locked_out
from pinsmith.cli._check_hosts import targets_of
from pinsmith.documents.check import check_document
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.release import Release, ReleasedHost, ask, released_hosts
from tests.checks.sample import END, HOST, NOW, START, failed, fetched, key, policy

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority

OTHER = Pin.parse(Identity.self_signed("other.example.com").pin)
SPARE = Pin.parse(Identity.self_signed("spare.example.com").pin)


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate that is good for a year around the tests' clock."""
    return intermediate.issue(HOST, not_before=START, not_after=END)


def released(version: str = "3.9", host: str = HOST, share: float | None = 2.1, **fields: Any) -> Release:  # noqa: ANN401
    """Make a release that pins one host, by default with keys that no server presents."""
    entry = ReleasedHost(host, **({"pins": {"api-2024": OTHER, "api-2025": SPARE}} | fields))
    return Release("android", version, (entry,), share=share)


def outcome_of(release: Release, leaf: Identity, *, trusted: bool = True, now: datetime = NOW) -> tuple[str, str]:
    """Return what the release does at the host, and why."""
    shown = fetched(leaf, trusted=trusted)
    cohort = ask(release, HOST, verified=shown.verified, presented=shown.presented, now=now)
    assert cohort is not None
    return cohort.outcome, cohort.why


def test_a_release_that_pins_no_presented_key_is_locked_out(leaf: Identity) -> None:
    """The check fails although the pin file matches, and says which users are refused, and what they pin."""
    pinned = policy(key("live", leaf.pin), key("standby", str(SPARE), standby=True))
    (check,) = check_host(pinned, [fetched(leaf)], now=NOW, releases=[released()])
    assert (check.verdict, check.fault) == ("matched", "locked-out")
    (cohort,) = locked_out(check)
    assert (cohort.release.who, cohort.why) == (
        "android 3.9 (2.1% of users)",
        "it pins api-2024 and api-2025 only",
    )


@pytest.mark.parametrize("who", ["leaf", "intermediate", "root"])
def test_any_key_of_the_verified_chain_counts(
    who: str, leaf: Identity, intermediate: Authority, root: Authority
) -> None:
    """A release matches as the pin file does, by its own name of the key."""
    pin = {"leaf": leaf.pin, "intermediate": intermediate.pin, "root": root.pin}[who]
    shown = fetched(leaf)
    release = released(pins={"old": OTHER, "mine": Pin.parse(pin)})
    cohort = ask(release, HOST, verified=shown.verified, presented=shown.presented, now=NOW)
    assert cohort is not None
    assert (cohort.outcome, cohort.key) == ("accepts", "mine")


def test_a_chain_that_does_not_verify_locks_out_even_with_the_pinned_key(leaf: Identity) -> None:
    """Pins add to trust; only a release with pins-only looks at the presented leaf."""
    pins = {"live": Pin.parse(leaf.pin)}
    assert outcome_of(released(pins=pins), leaf, trusted=False) == ("locked-out", "the chain does not verify")
    assert outcome_of(released(pins=pins, trust="pins-only"), leaf, trusted=False)[0] == "accepts"


def test_pins_only_compares_the_leaf_alone(leaf: Identity, intermediate: Authority) -> None:
    """The key of an authority does not satisfy a release that looks at the leaf."""
    release = released(pins={"ca": Pin.parse(intermediate.pin)}, trust="pins-only")
    assert outcome_of(release, leaf)[0] == "locked-out"


def test_trust_anchors_must_be_the_end_of_the_chain(leaf: Identity, root: Authority) -> None:
    """A release that also demands a private root is locked out by a chain to another one."""
    pins = {"live": Pin.parse(leaf.pin)}
    assert outcome_of(released(pins=pins, anchors=(Pin.parse(root.pin),)), leaf)[0] == "accepts"
    assert outcome_of(released(pins=pins, anchors=(OTHER,)), leaf)[0] == "locked-out"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"expires": date(2026, 6, 15)}, "its pins expired on 2026-06-15"),
        ({"mode": "report-only"}, "it pins api-2024 and api-2025 only"),
        ({"mode": "off", "pins": {}}, "it pins nothing there"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_release_does_not_enforce_locks_nobody_out(fields: dict[str, Any], why: str, leaf: Identity) -> None:
    """Pins that have expired, only report or are switched off do not fail a check."""
    assert outcome_of(released(**fields), leaf) == ("not-enforced", why)


def test_pins_are_enforced_until_the_day_they_expire(leaf: Identity) -> None:
    """Until the last second in UTC of the day before, users are locked out."""
    release = released(expires=date(2026, 6, 15))
    assert outcome_of(release, leaf, now=datetime(2026, 6, 14, 23, 59, 59, tzinfo=UTC))[0] == "locked-out"


def test_a_parent_with_subdomains_covers_the_host_and_an_exception_does_not(leaf: Identity) -> None:
    """The lookup is that of the pin file: the longest parent wins, and an entry that is off exempts."""
    shown = fetched(leaf)
    parent = ReleasedHost("example.com", {"old": OTHER}, include_subdomains=True)
    exempt = ReleasedHost(HOST, {}, mode="off")
    outcomes = [
        ask(Release("ios", "1", hosts), HOST, verified=shown.verified, presented=shown.presented, now=NOW)
        for hosts in [(parent,), (parent, exempt), (replace(parent, include_subdomains=False),)]
    ]
    assert [cohort and cohort.outcome for cohort in outcomes] == ["locked-out", "not-enforced", None]


def test_a_release_keeps_a_key_that_was_compromised_since(leaf: Identity) -> None:
    """Users have it all the same, so an old app accepts what the pin file refuses."""
    digest = next(iter(compromised_keys()))
    release = released(pins={"gone": Pin(digest)})
    assert outcome_of(release, leaf) == ("locked-out", "it pins gone only")


def test_a_host_that_only_releases_pin_fails_only_if_they_are_locked_out(leaf: Identity) -> None:
    """It left the pin file, but not the phones. If somebody names it, it fails for want of an entry."""
    empty = policy(key("x", str(OTHER)), host="www.example.org")
    accepting = released(pins={"live": Pin.parse(leaf.pin)})
    (good,) = check_host(empty, [fetched(leaf)], now=NOW, releases=[accepting])
    (bad,) = check_host(empty, [fetched(leaf)], now=NOW, releases=[accepting, released("4.0")])
    assert [check.fault for check in (good, bad)] == ["not-pinned", "not-pinned"]
    assert [for_releases_alone(check).fault for check in (good, bad)] == [None, "locked-out"]


def test_a_host_that_is_switched_off_still_fails_for_its_releases(leaf: Identity) -> None:
    """An entry with mode = "off" does not consent to a lock-out of old apps."""
    (check,) = check_host(policy(mode="off"), [fetched(leaf)], now=NOW, releases=[released()])
    assert check.fault == "locked-out"


def test_a_host_that_cannot_be_read_says_nothing_of_releases() -> None:
    """Nobody knows what they would be shown."""
    (check,) = check_host(policy(key("x", str(OTHER))), [failed()], now=NOW, releases=[released()])
    assert (check.fault, check.cohorts) == ("unreachable", ())


def test_a_certificate_is_judged_by_the_releases_before_it_is_deployed(
    intermediate: Authority, root: Authority
) -> None:
    """Hosts that only releases pin are judged too, if the certificate names them."""
    leaf, now = intermediate.issue(HOST), datetime.now(UTC)
    pinned = policy(key("live", leaf.pin), key("standby", str(SPARE), standby=True))
    for entries in (pinned, policy(key("x", str(OTHER)), host="www.example.org")):
        content = leaf.presented_pem().encode()
        (check,) = check_certificate_file(entries, content, (), [root.der], now=now, releases=[released()])
        assert (check.host, check.fault) == (HOST, "locked-out")


def test_a_certificate_is_judged_for_each_of_its_names_that_a_release_covers(
    intermediate: Authority, root: Authority
) -> None:
    """A release that pins the parent is locked out at a subdomain, although the pin file knows only another host."""
    leaf, now = intermediate.issue(HOST, "pay.example.org"), datetime.now(UTC)
    pinned = policy(key("live", leaf.pin), key("standby", str(SPARE), standby=True))
    parent = released(host="example.org", include_subdomains=True)
    content = leaf.presented_pem().encode()
    checks = check_certificate_file(pinned, content, (), [root.der], now=now, releases=[parent])
    assert [(check.host, check.fault) for check in checks] == [(HOST, None), ("pay.example.org", "locked-out")]


def test_a_release_is_what_the_policy_enforces() -> None:
    """Every field that decides is taken over, with the names of the keys."""
    fields: dict[str, Any] = {
        "mode": "report-only",
        "include_subdomains": True,
        "expires": date(2027, 1, 1),
        "port": 8443,
    }
    entry = policy(key("live", str(OTHER)), **fields)
    assert released_hosts(entry) == (ReleasedHost(HOST, {"live": OTHER}, **fields),)


def test_a_release_ends_with_its_day() -> None:
    """From 00:00 UTC of that day nobody asks it."""
    release = replace(released(), ended=date(2026, 6, 15))
    moments = [datetime(2026, 6, 14, 23, tzinfo=UTC), datetime(2026, 6, 15, tzinfo=UTC)]
    assert [release.is_alive(moment) for moment in moments] == [True, False]


def test_hosts_that_only_releases_pin_are_reached_at_the_port_of_the_newest() -> None:
    """They are asked as before, although the pin file no longer says where."""
    releases = [
        released("1", "gone.example.com", port=8443),
        released("2", "gone.example.com", port=9443),
        released("3", "www.example.org"),
        released("4", "off.example.com", mode="off", pins={}),
    ]
    remaining = policy(key("x", str(OTHER)), host="www.example.org")
    given: dict[str, Any] = {"connect": None, "starttls": None, "proxy": "none", "folder": None}
    everything = [str(target) for target in targets_of(remaining, (), releases, **given)]
    assert everything == ["www.example.org:443", "gone.example.com:9443"]
    one = [str(target) for target in targets_of(remaining, ("www.example.org",), releases, **given)]
    assert one == ["www.example.org:443"]


def test_programs_get_the_hint_too(leaf: Identity) -> None:
    """JSON says what to do, as the text does."""
    pinned = policy(key("live", leaf.pin), key("standby", str(SPARE), standby=True))
    (out,) = check_document(check_host(pinned, [fetched(leaf)], now=NOW, releases=[released()]), now=NOW).hosts
    assert "`pinsmith release end APP VERSION`" in str(out.hint)
    assert [(cohort.version, cohort.share, cohort.outcome) for cohort in out.cohorts] == [("3.9", 2.1, "locked-out")]
