"""Warnings about live hosts, before clients are locked out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.checks.live import check_host
from pinsmith.checks.warning import FRACTION
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.policy import HostPins, Policy
from tests.checks.sample import END, HOST, NOW, START, fetched, key, policy

if TYPE_CHECKING:
    from pinsmith.checks.host_check import HostCheck

SPARE = Identity.self_signed("spare.example.com").pin
OTHER = Identity.self_signed("other.example.com").pin
BACKUP = key("standby", SPARE, standby=True)


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate that is good for a year around the tests' clock."""
    return intermediate.issue(HOST, not_before=START, not_after=END)


def _codes(checks: list[HostCheck]) -> list[str]:
    return [finding.rule for check in checks for finding in check.findings]


def test_no_backup_is_warned_of(leaf: Identity, root: Authority) -> None:
    """RFC 7469 section 4.3 requires a pin of a key in no served chain, so two served keys are not a backup."""
    pinned = policy(key("live", leaf.pin), key("ca", root.pin, "root"))
    assert _codes(check_host(pinned, [fetched(leaf)], now=NOW)) == ["no-backup"]


def test_a_backup_that_is_served_is_warned_of(leaf: Identity) -> None:
    """After the rotation, a new backup is needed."""
    pinned = policy(key("standby", leaf.pin, standby=True), key("old", OTHER))
    codes = _codes(check_host(pinned, [fetched(leaf)], now=NOW))
    assert codes == ["standby-in-service", "not-served"]


def test_two_roots_of_which_each_host_presents_one_give_no_warning(root: Authority, leaf: Identity) -> None:
    """Of two pinned roots, the one that a host does not present is its backup, so its absence is expected."""
    other = Authority.root("Other")
    below_other = other.issue("b.example.com", not_before=START, not_after=END)
    keys = (key("root-a", root.pin, "root"), key("root-b", other.pin, "root"))
    hosts = [(f"h{number}.example.com", leaf if number % 2 else below_other) for number in range(40)]
    pinned = Policy(tuple(HostPins(host, keys) for host, _ in hosts))
    checks = [check_host(pinned, [fetched(identity, host)], now=NOW) for host, identity in hosts]
    assert [check.verdict for found in checks for check in found] == ["matched"] * 40
    assert [warning for found in checks for warning in _codes(found)] == []


def test_an_unknown_role_is_warned_of_until_the_file_has_it(leaf: Identity, root: Authority) -> None:
    """The warning names the command that writes the role."""
    pinned = policy(key("live", leaf.pin, "unknown"), key("ca", root.pin, "leaf"), BACKUP)
    (check,) = check_host(pinned, [fetched(leaf)], now=NOW)
    findings = [finding.text for finding in check.findings if finding.rule == "role-not-recorded"]
    assert findings == [
        f"the host presents {shown}, but the pin file records another role or none: run `pinsmith check --fix-roles`"
        for shown in ("live as leaf", "ca as root")
    ]


def test_a_pin_of_an_authority_that_vouched_for_compromised_ones_is_warned_of(leaf: Identity) -> None:
    """AAA Certificate Services gets a warning, because its pin accepted everybody with a compromised key."""
    pinned = policy(key("live", leaf.pin), key("aaa", "sha256/vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM=", "root"))
    assert _codes(check_host(pinned, [fetched(leaf)], now=NOW)) == ["vouched-for-compromised"]


def test_a_key_of_any_address_counts_as_served(intermediate: Authority, leaf: Identity) -> None:
    """Keys that only another address or another kind of certificate serves are not called unserved."""
    second = intermediate.issue(HOST, not_before=START, not_after=END)
    pinned = policy(key("a", leaf.pin), key("b", second.pin), BACKUP)
    assert _codes(check_host(pinned, [fetched(leaf), fetched(second)], now=NOW)) == []
    assert _codes(check_host(pinned, [fetched(leaf)], now=NOW)) == ["not-served"]


@pytest.mark.parametrize("days", [45, 398])
def test_expiry_is_warned_of_by_fraction_of_the_lifetime(days: int, intermediate: Authority) -> None:
    """The warning comes when a fixed fraction of the lifetime is left, whether that is 45 or 398 days."""
    life = timedelta(days=days)
    short = intermediate.issue(HOST, not_before=START, not_after=START + life)
    pinned = policy(key("live", short.pin), BACKUP)
    turn = START + (1 - FRACTION) * life
    for now, codes in ((turn, []), (turn + timedelta(hours=1), ["certificate-expires"])):
        assert _codes(check_host(pinned, [fetched(short)], now=now)) == codes


def test_a_renewal_below_a_pinned_authority_needs_no_new_pin(root: Authority) -> None:
    """A host whose pinned key is an authority's may change its own key, so the fix adds none."""
    dying = root.issue(HOST, not_before=START, not_after=NOW + timedelta(days=3))
    for pinned, fix in (
        (key("root", root.pin, "root"), "from an authority that is pinned"),
        (key("live", dying.pin), "--key FILE"),
    ):
        (check,) = check_host(policy(pinned, BACKUP), [fetched(dying)], now=NOW)
        assert [fix in (finding.fix or "") for finding in check.findings] == [True]


def test_an_intermediate_that_runs_out_is_warned_of_and_a_root_is_not(root: Authority) -> None:
    """Only intermediates get this warning, because clients judge trust anchors in their own ways."""
    dying = root.intermediate("Dying", not_before=START, not_after=NOW + timedelta(days=3))
    leaf = dying.issue(HOST, not_before=NOW - timedelta(days=1), not_after=NOW + timedelta(days=300))
    (check,) = check_host(policy(key("live", leaf.pin), BACKUP), [fetched(leaf)], now=NOW)
    assert [finding.message.partition(" expires")[0] for finding in check.findings] == ["CN=Dying"]


@pytest.mark.parametrize(
    ("expires", "codes"),
    [
        pytest.param(date(2026, 6, 20), ["pins-expire"], id="in five days"),
        pytest.param(date(2026, 12, 31), [], id="in half a year"),
    ],
)
def test_pins_that_run_out_are_warned_of(expires: date, codes: list[str], leaf: Identity) -> None:
    """A warning comes in time, because after the expiry pins are silently not enforced."""
    pinned = policy(key("live", leaf.pin), BACKUP, expires=expires)
    assert _codes(check_host(pinned, [fetched(leaf)], now=NOW)) == codes


def test_a_number_of_days_replaces_the_usual_time(leaf: Identity) -> None:
    """With 400 days the warning comes half a year before the end, and with 0 days only after it."""
    entry = HostPins(HOST, (key("live", leaf.pin), BACKUP), expires=END.date())
    left = END - NOW
    for within, codes in ((left + timedelta(days=1), ["certificate-expires", "pins-expire"]), (timedelta(), [])):
        checks = check_host(Policy((entry,)), [fetched(leaf)], now=NOW, warn_within=within)
        assert sorted(set(_codes(checks))) == codes


def test_a_lead_time_makes_warnings_come_earlier_and_never_later(leaf: Identity) -> None:
    """Users need that long to get an update with new pins."""
    entry = HostPins(HOST, (key("live", leaf.pin), BACKUP), expires=END.date())
    left = END - NOW
    for days, codes in ((0, []), (left.days + 1, ["certificate-expires", "pins-expire"])):
        lead_time = timedelta(days=days)
        checks = check_host(Policy((entry,)), [fetched(leaf)], now=NOW, lead_time=lead_time)
        assert sorted(set(_codes(checks))) == codes
    last_day = END - timedelta(days=1)
    assert "pins-expire" in _codes(check_host(Policy((entry,)), [fetched(leaf)], now=last_day))


@pytest.mark.parametrize("days", [6, 45, 90])
def test_a_lead_time_does_not_warn_of_certificates_that_a_tool_renews_in_time(
    days: int, intermediate: Authority
) -> None:
    """Certificates of 6, 45 or 90 days that are renewed when a third is left never cause a warning; later, they do."""
    life = timedelta(days=days)
    short = intermediate.issue(HOST, not_before=START, not_after=START + life)
    pinned, lead_time = policy(key("live", short.pin), BACKUP), timedelta(days=60)
    renewed = START + 2 * life / 3
    for now, codes in ((renewed, []), (renewed + timedelta(hours=1), ["certificate-expires"])):
        assert _codes(check_host(pinned, [fetched(short)], now=now, lead_time=lead_time)) == codes


def test_a_lead_time_counts_for_a_certificate_that_people_may_renew(intermediate: Authority) -> None:
    """A certificate of 101 days causes a warning as early as the lead time says."""
    made = intermediate.issue(HOST, not_before=START, not_after=START + timedelta(days=101))
    pinned, lead_time = policy(key("live", made.pin), BACKUP), timedelta(days=60)
    for day, codes in ((41, []), (42, ["certificate-expires"])):
        now = START + timedelta(days=day)
        assert _codes(check_host(pinned, [fetched(made)], now=now, lead_time=lead_time)) == codes


def test_every_warning_has_its_remedy(leaf: Identity, root: Authority) -> None:
    """Every warning contains its remedy."""
    suffix = Policy((HostPins("github.io", (key("live", leaf.pin), BACKUP), include_subdomains=True),))
    cases = [
        (policy(key("live", leaf.pin), key("old", OTHER), expires=date(2026, 6, 20)), HOST, NOW),
        (policy(key("live", leaf.pin, standby=True), key("ca", root.pin, "leaf")), HOST, END - timedelta(days=1)),
        (suffix, "github.io", NOW),
    ]
    checks = [check for pinned, host, now in cases for check in check_host(pinned, [fetched(leaf, host)], now=now)]
    found = {finding.rule: finding.fix for check in checks for finding in check.findings}
    assert {"pins-expire", "not-served", "no-backup", "standby-in-service", "certificate-expires"} < found.keys()
    assert {"role-not-recorded", "private-suffix"} < found.keys()
    assert [rule for rule, fix in found.items() if not fix] == []
