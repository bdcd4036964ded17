"""Every client does in the lab what is written down about it, no worse and no better."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.judged import outcome, page
from tests.judged.family import SUBJECTS
from tests.judged.judging import judge
from tests.judged.outcome import Outcome

if TYPE_CHECKING:
    from tests.judged.subject import Subject

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]

REWRITE = "if it is right, `python -m tests.judged` writes it down; read the difference"


@cache
def _judged(subject: Subject) -> Outcome:
    return Outcome(subject, tuple(judge(subject)))


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_a_client_fails_what_it_is_known_to_fail(subject: Subject) -> None:
    """A client that got better or worse, or a scenario that judges otherwise, is noticed."""
    subject.require_tools()
    judged = _judged(subject)
    assert judged.as_expectation() == outcome.read()[subject.id], REWRITE


def test_the_page_tells_what_was_run() -> None:
    """The published results are those of this run, but for versions and date."""
    for subject in SUBJECTS:
        subject.require_tools()
    made = page.page([_judged(subject) for subject in SUBJECTS], {}, datetime.now(tz=UTC).date())
    assert page.comparable(page.PAGE.read_text("utf-8")) == page.comparable(made), REWRITE
