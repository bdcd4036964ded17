"""What is written down about clients fits to the clients, to the lab and to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.trial import ClientVerdict, Trial
from tests.judged import outcome, page
from tests.judged.family import SUBJECTS
from tests.judged.judging import KnownPKI
from tests.judged.outcome import Outcome
from tests.judged.renewed import RENEWED

if TYPE_CHECKING:
    from pinsmith.lab.pki.key import KeyKind

_FIRST, _SECOND = SCENARIOS[0], SCENARIOS[1]


def _trial(verdict: ClientVerdict, key: KeyKind = "ec-p256", scenario: int = 0) -> Trial:
    return Trial(SCENARIOS[scenario], key, verdict, None, "so it is")


def test_every_client_is_written_down_and_published() -> None:
    """No client without an expectation and a section, no expectation without a client."""
    ids = [subject.id for subject in SUBJECTS]
    assert list(outcome.read()) == ids
    text = page.PAGE.read_text("utf-8")
    assert all(f"(client-{name})=" in text for name in ids)
    assert len(set(ids)) == len(ids)


def test_what_is_expected_names_scenarios_and_verdicts() -> None:
    """A scenario that was renamed or removed leaves no expectation behind."""
    known = {scenario.id for scenario in (*SCENARIOS, RENEWED)}
    for failures in outcome.read().values():
        assert {name.partition("/")[0] for name in failures} <= known
        assert set(failures.values()) <= set(get_args(ClientVerdict)) - {"pass", "skipped"}


def test_the_control_fails_and_pinsmith_does_not() -> None:
    """A client without pins accepts a wrong key, so the lab can tell; what pinsmith pins fails nothing."""
    expected = outcome.read()
    assert expected["curl-unpinned"]["wrong-key"] == "accepts-a-rogue"
    assert [name for name in expected if name.endswith("-pinsmith") and expected[name]] == []


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ([_trial("pass"), _trial("pass", "rsa-2048")], {}),
        ([_trial("hangs"), _trial("hangs", "rsa-2048")], {_FIRST.id: "hangs"}),
        ([_trial("hangs"), _trial("pass", "rsa-2048")], {f"{_FIRST.id}/ec-p256": "hangs"}),
        (
            [_trial("hangs"), _trial("unproven", "rsa-2048")],
            {f"{_FIRST.id}/ec-p256": "hangs", f"{_FIRST.id}/rsa-2048": "unproven"},
        ),
        ([_trial("skipped"), _trial("hangs", scenario=1)], {f"{_SECOND.id}/ec-p256": "hangs"}),
    ],
    ids=["passes", "fails with both keys", "fails with one key", "fails in two ways", "tried with one key"],
)
def test_failures_are_told_by_scenario(trials: list[Trial], expected: dict[str, str]) -> None:
    """One line if both kinds of key fail alike, one for each otherwise; what passes or is skipped has none."""
    assert Outcome(SUBJECTS[0], tuple(trials)).as_expectation() == expected


def test_versions_are_not_compared() -> None:
    """Another version of a client is no difference, another result is one."""
    text = page.PAGE.read_text("utf-8")
    version = next(line for line in text.splitlines() if line.startswith("| curl | "))
    assert page.comparable(text) == page.comparable(text.replace(version, "| curl | 99 |"))
    assert page.comparable(text) != page.comparable(text.replace("passes all", "passes 1"))


def test_a_client_knows_the_certificate_with_the_pinned_key() -> None:
    """The first that the host was issued; one that nobody presents if the scene has none."""
    pki = KnownPKI.like(LabPKI.of_kind("ec-p256"))
    stranger = pki.known(pki.pin)
    assert stranger.pin == pki.pin
    pki.rekeyed(pki.backup_key)
    first = pki.genuine()
    pki.genuine()
    assert pki.known(pki.pin) is first
    assert pki.known(pki.backup_pin).pin == pki.backup_pin
