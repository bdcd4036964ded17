"""Verdicts about live hosts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.checks.live import check_host, check_outcome
from pinsmith.lab.pki.identity import Identity
from pinsmith.probe.proxy import parse_proxy
from tests.checks.sample import END, HOST, NOW, START, failed, fetched, key, policy

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority

SPARE = Identity.self_signed("spare.example.com").pin
OTHER = Identity.self_signed("other.example.com").pin
BACKUP = key("standby", SPARE, standby=True)


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate that is good for a year around the tests' clock."""
    return intermediate.issue(HOST, not_before=START, not_after=END)


def test_a_pinned_key_with_a_backup_is_fine(leaf: Identity) -> None:
    """A pinned key with a backup matches by name, without a warning."""
    (check,) = check_host(policy(key("live", leaf.pin), BACKUP), [fetched(leaf)], now=NOW)
    assert (check.verdict, check.matched_key, check.reason, check.findings) == ("matched", "live", None, ())


@pytest.mark.parametrize("role", ["intermediate", "root"])
def test_an_authority_matches_too(role: str, leaf: Identity, intermediate: Authority, root: Authority) -> None:
    """Any key of the verified chain counts, up to the trust anchor."""
    pin = intermediate.pin if role == "intermediate" else root.pin
    pinned = policy(key("ca", pin, role), BACKUP)  # type: ignore[arg-type]
    assert check_outcome(pinned, fetched(leaf), now=NOW).verdict == "matched"


def test_another_key_is_a_mismatch_that_shows_both_sides(leaf: Identity) -> None:
    """The message lists the presented and the pinned keys in the syntax of the file."""
    check = check_outcome(policy(key("old", OTHER), BACKUP), fetched(leaf), now=NOW)
    assert (check.verdict, check.reason) == ("mismatched", "no-pinned-key")
    assert any(leaf.pin in line for line in check.details)
    assert any(OTHER in line for line in check.details)


def test_a_pinned_key_that_nobody_vouches_for_is_not_verified(leaf: Identity) -> None:
    """Clients refuse an untrusted chain, because pins add to trust and never replace it."""
    check = check_outcome(policy(key("live", leaf.pin), BACKUP), fetched(leaf, trusted=False), now=NOW)
    assert (check.verdict, check.reason) == ("not-verified", "untrusted-chain")
    assert "self-signed" in check.message


@pytest.mark.parametrize("trusted", [True, False], ids=["another key", "untrusted"])
def test_a_chain_that_came_through_a_proxy_may_be_of_the_proxy(leaf: Identity, *, trusted: bool) -> None:
    """The fix looks past the proxy, before anybody changes the server."""
    direct = fetched(leaf, trusted=trusted)
    proxied = replace(direct, target=replace(direct.target, proxy=parse_proxy("http://proxy.example.com:3128")))
    pinned = policy(key("old", OTHER), BACKUP)
    hints = [check_outcome(pinned, outcome, now=NOW).hint or "" for outcome in (direct, proxied)]
    assert ["the proxy proxy.example.com:3128 may have replaced" in hint for hint in hints] == [False, True]


def test_with_pins_only_the_key_is_enough_if_the_name_is_right() -> None:
    """Self-signed servers match by their leaf, but a certificate for another host does not match."""
    for name, verdict in ((HOST, "matched"), ("www.example.com", "not-verified")):
        own = Identity.self_signed(name)
        pinned = policy(key("live", own.pin), BACKUP, trust="pins-only")
        assert check_outcome(pinned, fetched(own, trusted=False), now=NOW).verdict == verdict


def test_report_only_is_reported() -> None:
    """A mismatch in report-only mode is still a mismatch, and the mode is reported with it."""
    own = Identity.self_signed(HOST)
    check = check_outcome(policy(key("old", OTHER), mode="report-only"), fetched(own), now=NOW)
    assert check.verdict == "mismatched"
    assert "report-only" in check.message


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"host": "example.org"}, "no-entry", id="another host"),
        pytest.param({"expires": date(2026, 6, 15)}, "expired", id="expired today"),
        pytest.param({"mode": "off"}, "off", id="switched off"),
    ],
)
def test_unpinned_hosts_have_a_reason(fields: dict[str, Any], reason: str, leaf: Identity) -> None:
    """Each of three ways not to be pinned has its own reason, and none has warnings about keys."""
    (check,) = check_host(policy(key("live", leaf.pin), **fields), [fetched(leaf)], now=NOW)
    assert (check.verdict, check.reason, check.findings) == ("not-pinned", reason, ())


def test_an_unreachable_address_does_not_hide_the_others(leaf: Identity) -> None:
    """Every address has its own result, in order."""
    checks = check_host(policy(key("live", leaf.pin), BACKUP), [failed(), fetched(leaf)], now=NOW)
    assert [check.verdict for check in checks] == ["unreachable", "matched"]
    assert checks[0].reason == "connect-failed"


def test_a_naive_time_is_refused(leaf: Identity) -> None:
    """Expiry days are in UTC, so a time without a zone is an error."""
    with pytest.raises(ValueError, match="aware"):
        check_outcome(policy(key("live", leaf.pin)), fetched(leaf), now=NOW.replace(tzinfo=None))
