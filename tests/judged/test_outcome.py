"""The expected failures match the clients, the scenarios of the lab and the page."""

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


def test_every_client_has_an_expectation_and_a_section() -> None:
    """Every client has an expectation and a section of the page, and every expectation has a client."""
    ids = [subject.id for subject in SUBJECTS]
    assert list(outcome.read()) == ids
    text = page.PAGE.read_text("utf-8")
    assert all(f"(client-{name})=" in text for name in ids)
    assert len(set(ids)) == len(ids)


def test_expected_failures_name_existing_scenarios_and_verdicts() -> None:
    """A renamed or removed scenario leaves no expectation behind."""
    known = {scenario.id for scenario in (*SCENARIOS, RENEWED)}
    for failures in outcome.read().values():
        assert {name.partition("/")[0] for name in failures} <= known
        assert set(failures.values()) <= set(get_args(ClientVerdict)) - {"pass", "skipped"}


def test_the_control_fails_and_pinsmith_does_not() -> None:
    """A client without pins accepts a wrong key, so the lab can detect it; clients with pinsmith fail no trial."""
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
def test_failures_are_grouped_by_scenario(trials: list[Trial], expected: dict[str, str]) -> None:
    """Equal failures with both kinds of key share a line; other failures have a line each, and passed trials none."""
    assert Outcome(SUBJECTS[0], tuple(trials)).as_expectation() == expected


def test_versions_are_not_compared() -> None:
    """The comparison ignores another version of a client, but not another result."""
    text = page.PAGE.read_text("utf-8")
    version = next(line for line in text.splitlines() if line.startswith("| curl | "))
    assert page.comparable(text) == page.comparable(text.replace(version, "| curl | 99 |"))
    assert page.comparable(text) != page.comparable(text.replace("passes all", "passes 1"))


def test_a_client_knows_the_certificate_with_the_pinned_key() -> None:
    """The client knows the first such certificate of the host, or one that no server presents if there is none."""
    pki = KnownPKI.like(LabPKI.of_kind("ec-p256"))
    stranger = pki.known(pki.pin)
    assert stranger.pin == pki.pin
    pki.rekeyed(pki.backup_key)
    first = pki.genuine()
    pki.genuine()
    assert pki.known(pki.pin) is first
    assert pki.known(pki.backup_pin).pin == pki.backup_pin
