"""The plan of a rotation: its dates, and which steps are done."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import PolicyError
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.release import Release, ReleasedHost
from pinsmith.rotation.journal import Journal
from pinsmith.rotation.plan import Given, Plan, plan
from pinsmith.rotation.possession import Possession
from pinsmith.rotation.standby_key import generate

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.pin import Pin

NOW = datetime(2026, 6, 15, tzinfo=UTC)
HOST = "api.example.com"
PINS = [generate().pin for _ in range(4)]
OLD = Key("old", PINS[0], "leaf", not_after=date(2027, 1, 31))
NEXT = Key("next", PINS[1], "leaf", standby=True)
SPARE = Key("spare", PINS[2], "leaf", standby=True)
OTHER = Key("other", PINS[3], "leaf")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Make a journal without entries."""
    return Journal.beside(tmp_path / "pins.toml")


def made(journal: Journal, *keys: Key, to: str | None = None, **given: Any) -> Plan:  # noqa: ANN401
    """Plan the rotation of a host with *keys*, by default those in service and the next."""
    policy = Policy((HostPins(HOST, keys or (OLD, NEXT)),), (OLD, NEXT, SPARE))
    known: dict[str, Any] = {"releases": (), "journal": journal, "lead_time": 60} | given
    return plan(policy, HOST, Given(**known), now=NOW, to=to)


def states(found: Plan) -> dict[str, str]:
    """Return the state of each step."""
    return {step.name: step.state for step in found.steps}


def released(version: str, *pins: Pin, **fields: Any) -> Release:  # noqa: ANN401
    """Make a release that pins the host."""
    return Release("android", version, (ReleasedHost(HOST, {str(at): pin for at, pin in enumerate(pins)}, **fields),))


def proven(pin: Pin, when: datetime) -> Possession:
    """Make an entry of the journal, whose signature nobody verifies here."""
    time = f"{when:%Y-%m-%dT%H:%M:%SZ}"
    return Possession(pin=str(pin), time=time, custody="", nonce="", scheme="", spki="", signature="")


def test_dates_count_backwards_from_the_end_of_the_certificate(journal: Journal) -> None:
    """Two weeks are left for a way back, users get their time before it, and the old key leaves after as long again."""
    due = {step.name: step.due for step in made(journal).steps}
    assert due == {
        "prove": date(2026, 11, 18),
        "pin": date(2026, 11, 18),
        "ship": date(2026, 11, 18),
        "switch": date(2027, 1, 17),
        "reserve": date(2027, 1, 17),
        "remove": date(2027, 3, 18),
    }


def test_each_old_key_is_removed(journal: Journal) -> None:
    """With two keys in service, the last step has a command for each of them."""
    *_, last = made(journal, OLD, OTHER, NEXT).steps
    assert last.what == f"remove {OLD.name}, {OTHER.name}, when no server presents them and no user needs them"
    assert last.command == f"pinsmith rotate next {HOST}"


def test_what_is_given_wins_over_the_pin_file(journal: Journal) -> None:
    """A certificate that ends earlier, and a TTL that is longer than users take."""
    found = made(journal, ends=date(2026, 10, 1), lead_time=1, ttl=timedelta(days=9))
    due = {step.name: step.due for step in found.steps}
    assert (due["ship"], due["switch"], due["remove"]) == (date(2026, 9, 16), date(2026, 9, 17), date(2026, 9, 27))


@pytest.mark.parametrize(
    ("given", "missing"),
    [({"lead_time": 0}, ("--lead-time",)), ({"ends": None}, ())],
    ids=str,
)
def test_a_date_that_is_not_known_is_a_distance(
    journal: Journal, given: dict[str, Any], missing: tuple[str, ...]
) -> None:
    """No date is made up, and the plan names the option that supplies it."""
    found = made(journal, **given)
    assert found.missing == missing
    assert all((step.due is None) == bool(step.distance) for step in found.steps)


def test_a_release_without_the_next_key_keeps_the_step_open(journal: Journal) -> None:
    """Only releases that enforce other pins at the time of the switch count."""
    good, bad = released("4.2", PINS[0], PINS[1]), released("3.9", PINS[0])
    ended = released("3.8", PINS[0], expires=date(2026, 12, 1))
    reporting = released("3.7", PINS[0], mode="report-only")
    elsewhere = Release("android", "3.6", (ReleasedHost("www.example.com", {"x": PINS[0]}),))
    assert states(made(journal, releases=[good, ended, reporting, elsewhere]))["ship"] == "done"
    found = made(journal, releases=[good, bad])
    assert states(found)["ship"] == "open"
    assert next(step.why for step in found.steps if step.name == "ship") == "not pinned by android 3.9"


def test_nothing_is_known_without_releases(journal: Journal) -> None:
    """An unknown step is never shown as done."""
    assert states(made(journal))["ship"] == "unknown"


def test_a_proof_counts_while_it_is_fresh(journal: Journal) -> None:
    """A key that was proven long ago must be proven again."""
    journal.append("key-proven", NOW, key="next", proof=proven(NEXT.pin, NOW - timedelta(days=100)))
    assert states(made(journal))["prove"] == "done"
    assert states(made(journal, drill_days=90))["prove"] == "open"


def test_a_proof_of_the_future_is_none(journal: Journal) -> None:
    """A wrong clock would make a lost key look proven for years; the last proof before it counts."""
    wrong = NOW + timedelta(days=3000)
    journal.append("key-proven", wrong, key="next", proof=proven(NEXT.pin, wrong))
    assert states(made(journal))["prove"] == "open"
    journal.append("key-proven", NOW, key="next", proof=proven(NEXT.pin, NOW))
    assert states(made(journal))["prove"] == "done"


def test_a_step_whose_day_has_passed_is_overdue(journal: Journal) -> None:
    """It is too late to be safe, and the plan says so."""
    found = states(made(journal, ends=date(2026, 7, 1)))
    assert (found["prove"], found["pin"], found["ship"], found["switch"]) == ("overdue", "done", "overdue", "unknown")


def test_without_a_standby_key_it_is_made_first(journal: Journal) -> None:
    """The plan begins with the key that does not exist yet."""
    found = made(journal, OLD)
    assert (found.new, found.steps[0].name, found.steps[0].command) == (
        None,
        "make",
        "pinsmith key new NAME --host api.example.com",
    )


def test_the_next_key_may_be_named(journal: Journal) -> None:
    """A key of the pin file that the host does not pin yet has to be pinned; another standby key is the reserve."""
    assert states(made(journal, OLD, to="next"))["pin"] == "open"
    found = made(journal, OLD, NEXT, SPARE, to="spare")
    assert (found.new, states(found)["reserve"]) == ("spare", "done")


@pytest.mark.parametrize(
    ("keys", "to", "problem"),
    [
        ((OLD, NEXT), "old", "old is a key in service"),
        ((OLD, NEXT), "lost", "the pin file has no key lost"),
        ((NEXT, SPARE), None, "every key of api.example.com is a standby key"),
    ],
    ids=["in service", "unknown", "only standby"],
)
def test_what_cannot_be_planned_is_refused(
    journal: Journal, keys: tuple[Key, ...], to: str | None, problem: str
) -> None:
    """The error says what to do."""
    with pytest.raises(PolicyError, match=problem) as caught:
        made(journal, *keys, to=to)
    assert caught.value.hint
