"""Every client behaves in the lab exactly as expected.toml and the page describe."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.judged import outcome, page
from tests.judged.family import SUBJECTS
from tests.judged.judging import judge, prepare
from tests.judged.outcome import Outcome

if TYPE_CHECKING:
    from tests.judged.subject import Subject

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]

REWRITE = "if this is correct, write it down with `python -m tests.judged`, and read the difference"


def _prepare_this_and_next(request: pytest.FixtureRequest) -> None:
    for item in request.session.items[request.session.items.index(request.node) :][:2]:
        upcoming = item.callspec.params.get("subject") if hasattr(item, "callspec") else None
        if upcoming is not None:
            prepare(upcoming)


@cache
def _judged(subject: Subject) -> Outcome:
    return Outcome(subject, tuple(judge(subject)))


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_a_client_fails_what_it_is_known_to_fail(subject: Subject, request: pytest.FixtureRequest) -> None:
    """The test notices a client that became better or worse, and a scenario that judges differently."""
    subject.require_tools()
    _prepare_this_and_next(request)
    judged = _judged(subject)
    assert judged.as_expectation() == outcome.read()[subject.id], REWRITE


def test_the_page_shows_the_results_of_this_run() -> None:
    """The published results are those of this run, except for versions and date."""
    for subject in SUBJECTS:
        subject.require_tools()
    made = page.page([_judged(subject) for subject in SUBJECTS], {}, datetime.now(tz=UTC).date())
    assert page.comparable(page.PAGE.read_text("utf-8")) == page.comparable(made), REWRITE
