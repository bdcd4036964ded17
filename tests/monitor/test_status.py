"""The state of a host, by what it presents now and what it presented before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.checks import check_host
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.monitor.observation import observed
from pinsmith.monitor.outcome import Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.status import MEANINGS, WORSE, judge
from pinsmith.monitor.watch import Patience
from tests.checks.sample import END, HOST, NOW, START, failed, fetched, key, policy

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.monitor.observation import Observation
    from pinsmith.monitor.status import Status
    from pinsmith.policy import Policy
    from pinsmith.probe import FetchOutcome

ROOT, OTHER_ROOT = Authority.root(), Authority.root("Other root")
LEAF = ROOT.issue(HOST, not_before=START, not_after=END)
RENEWED = ROOT.issue(HOST, not_before=START, not_after=END, key=LEAF.key)
NEW = ROOT.issue(HOST, not_before=START, not_after=END)
FOREIGN = OTHER_ROOT.issue(HOST, not_before=START, not_after=END)
SPARE = key("standby", Identity.self_signed("spare.example.com").pin, standby=True)
PINNED = policy(key("live", LEAF.pin), SPARE)


def state(
    outcomes: list[FetchOutcome], pinned: Policy = PINNED, before: Observation | None = None, now: datetime = NOW
) -> Status:
    """Judge what one host presents."""
    return judge(check_host(pinned, outcomes, now=now), before, now=now)


def seen(*outcomes: FetchOutcome, pinned: Policy = PINNED) -> Observation:
    """Reduce what one host presented."""
    return observed(check_host(pinned, list(outcomes), now=NOW))


def test_a_pinned_key_with_a_reserve_is_ok() -> None:
    """A host that is pinned, reachable and far from any end has no reasons."""
    assert state([fetched(LEAF)]).reasons == ()
    assert state([fetched(LEAF)]).state == "ok"


def test_an_unknown_key_everywhere_is_a_lock_out() -> None:
    """The reason names what clients see and the next command."""
    found = state([fetched(NEW)], before=seen(fetched(LEAF)))
    assert found.state == "lockout"
    assert found.reasons[0].rule == "clients-refused"
    assert f"pinsmith fetch {HOST}" in (found.reasons[0].fix or "")


def test_an_unknown_key_at_one_address_by_an_unknown_issuer_is_suspicious() -> None:
    """If other addresses still present the pinned key, somebody may stand before this one."""
    found = state([fetched(LEAF), fetched(FOREIGN, address="192.0.2.2")], before=seen(fetched(LEAF)))
    assert found.state == "interception"
    assert "Other root" in found.reasons[0].message


def test_an_unknown_key_at_one_address_by_the_usual_issuer_is_a_stale_server() -> None:
    """An address that was not updated is a lock-out of some clients, not an attack."""
    found = state([fetched(LEAF), fetched(NEW, address="192.0.2.2")], before=seen(fetched(LEAF)))
    assert found.state == "lockout"
    assert "192.0.2.2" in str(found.reasons[0].place)


def test_a_chain_that_was_trusted_before_and_is_of_a_stranger_now_is_suspicious() -> None:
    """A private root in between is what an intercepting proxy looks like."""
    stranger = Identity.self_signed(HOST)
    assert state([fetched(stranger, trusted=False)], before=seen(fetched(LEAF))).state == "interception"
    assert state([fetched(stranger, trusted=False)]).state == "lockout"


def test_a_stranger_stays_suspicious() -> None:
    """An intercepted round is not remembered: the rounds after it judge by the last good answer."""
    stranger = Identity.self_signed(HOST)
    attacks = [
        [fetched(stranger, trusted=False)],
        [fetched(LEAF), fetched(FOREIGN, address="192.0.2.2")],
    ]
    for attack in attacks:
        memory, states = None, []
        for outcomes in ([fetched(LEAF)], attack, attack, attack, [fetched(LEAF)]):
            found = conclude(
                Service("/pins.toml", HOST, 443),
                check_host(PINNED, outcomes, now=NOW),
                memory,
                now=NOW,
                patience=Patience(),
                pace=Pace(),
                chance=0.5,
            )
            memory = found.memory
            states.append((found.status.state, found.alert.kind if found.alert else None))
        assert states == [
            ("ok", None),
            ("interception", "raised"),
            ("interception", None),
            ("interception", None),
            ("ok", None),
        ]


def test_a_chain_that_was_never_trusted_proves_no_issuer() -> None:
    """If the chain was not verified before either, another unverified issuer says nothing about the host."""
    first, second = Identity.self_signed(HOST), Identity.self_signed("other.example.com")
    assert state([fetched(second, trusted=False)], before=seen(fetched(first, trusted=False))).state == "lockout"


def test_no_answer_says_nothing_about_pins() -> None:
    """A host without any answer is unreachable; one silent address of two is a warning."""
    assert state([failed()]).state == "unreachable"
    found = state([fetched(LEAF), failed()])
    assert (found.state, found.reasons[0].rule) == ("warning", "host-unreachable")


def test_a_silent_address_hides_no_warning() -> None:
    """Warnings about the host as a whole stand at its first address, and count even if nobody answers there."""
    found = state([failed(), fetched(LEAF)], policy(key("live", LEAF.pin), key("root", ROOT.pin, "root")))
    assert [finding.rule for finding in found.reasons] == ["no-backup", "host-unreachable"]


def test_report_only_does_not_refuse() -> None:
    """A mismatch that clients only report is a warning."""
    assert state([fetched(NEW)], policy(key("live", LEAF.pin), SPARE, mode="report-only")).state == "warning"


@pytest.mark.parametrize(
    ("days_left", "expected"), [(100, "ok"), (60, "warning"), (15, "warning"), (13, "lockout-imminent")]
)
def test_a_renewal_that_is_late_is_near_a_lock_out(days_left: int, expected: str) -> None:
    """Of a year, a quarter that is left is a warning, and two weeks are near a lock-out."""
    now = END - timedelta(days=days_left)
    assert state([fetched(LEAF)], now=now).state == expected


def test_a_short_certificate_is_measured_by_its_lifetime() -> None:
    """A certificate of six days that is renewed every day never alarms."""
    short = ROOT.issue(HOST, not_before=NOW - timedelta(days=4), not_after=NOW + timedelta(days=2))
    assert state([fetched(short)], policy(key("live", short.pin), SPARE)).state == "ok"


def test_the_last_reserve_in_service_is_near_a_lock_out() -> None:
    """If the standby key is served and nothing else is in reserve, the next loss locks clients out."""
    pinned = policy(key("live", LEAF.pin), key("standby", NEW.pin, standby=True))
    found = state([fetched(LEAF), fetched(NEW, address="192.0.2.2")], pinned)
    assert (found.state, found.reasons[0].rule) == ("lockout-imminent", "no-reserve")


def test_a_reserve_in_service_is_a_warning_while_another_is_left() -> None:
    """The service says that the backup is served."""
    pinned = policy(key("live", LEAF.pin, standby=True), SPARE)
    found = state([fetched(LEAF)], pinned)
    assert [finding.rule for finding in found.reasons] == ["standby-in-service"]


def test_pins_that_have_ended_are_a_warning() -> None:
    """Nothing is enforced any more, which is worth a word although nobody is locked out."""
    found = state([fetched(LEAF)], policy(key("live", LEAF.pin), SPARE, expires=date(2026, 6, 1)))
    assert (found.state, found.reasons[0].rule) == ("warning", "pins-not-enforced")


def test_a_host_that_is_switched_off_is_ok() -> None:
    """An entry with mode = "off" was somebody's decision."""
    assert state([fetched(LEAF)], policy(key("live", LEAF.pin), SPARE, mode="off")).state == "ok"


@pytest.mark.parametrize(
    ("after", "rules"),
    [
        ([fetched(LEAF)], []),
        ([fetched(RENEWED)], ["chain-changed"]),
        ([fetched(NEW)], ["key-changed", "pin-withdrawn"]),
        ([fetched(FOREIGN)], ["issuer-changed", "key-changed", "pin-withdrawn"]),
        ([fetched(LEAF), failed()], []),
    ],
    ids=["the same", "renewed with the same key", "another key", "another issuer", "an address is silent"],
)
def test_changes_are_told_by_name(after: list[FetchOutcome], rules: list[str]) -> None:
    """A key, an issuer or a chain that is new since the last answer is a change; the key is named by its pin."""
    found = state(after, before=seen(fetched(LEAF))).changes
    assert [finding.rule for finding in found] == rules


def test_another_verdict_is_no_change_of_the_host() -> None:
    """If the pin file gets the key that the host has presented all along, the host has not changed."""
    before = seen(fetched(NEW))
    assert before.sights[0].verdict == "mismatched"
    assert state([fetched(NEW)], policy(key("new", NEW.pin), SPARE), before=before).changes == ()


def test_every_state_has_a_rank() -> None:
    """Lock-outs are worse than warnings, and suspicion is the worst."""
    assert sorted(MEANINGS, key=lambda each: WORSE[each])[-2:] == ["lockout", "interception"]


def test_the_same_answer_has_the_same_digest() -> None:
    """Order and repetition do not count, and a renewed certificate does."""
    one, two = fetched(LEAF), fetched(LEAF, address="192.0.2.2")
    assert seen(one, two).digest == seen(two, one, one).digest
    assert seen(one).digest != seen(fetched(RENEWED)).digest
    with pytest.raises(ValueError, match="0 services"):
        observed([])
