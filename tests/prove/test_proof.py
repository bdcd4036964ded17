"""Generated code compiles, is formatted as its language has it, and does in the lab what a correct pinner does."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest

from pinsmith.formats import CODE
from tests.prove import page
from tests.prove.family import SUBJECTS
from tests.prove.proving import prove, prove_sabotaged

if TYPE_CHECKING:
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]

REWRITE = "if it is right, `python -m tests.prove` writes it down; read the difference"


_proof = cache(prove)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_generated_code_passes_the_lab(subject: Subject) -> None:
    """It accepts the good servers and sends nothing to the others, in every scenario that its target can say."""
    proof = _proof(subject)
    told = [f"{each.scenario.id} ({each.key}): {each.verdict}: {each.reason}" for each in proof.failed]
    assert not told, "\n".join(told)
    assert {each.expected for each in proof.tried} >= {"accept", "refuse"}


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_what_is_excused_still_fails(subject: Subject) -> None:
    """An excuse that is no longer needed goes."""
    proof = _proof(subject)
    assert {each.scenario.id for each in proof.excused} == set(subject.excused)


def test_every_target_is_proven_or_said_not_to_be() -> None:
    """No target of generated code is forgotten, and none that is proven is said not to be."""
    others = {name for name, _ in page.OTHERS}
    proven = {subject.target for subject in SUBJECTS}
    assert others | proven == {each.id for each in CODE}
    assert not others & proven


def test_the_page_tells_what_was_run() -> None:
    """The published proof is that of this run, but for versions and date."""
    made = page.page([_proof(subject) for subject in SUBJECTS], datetime.now(tz=UTC).date())
    assert page.comparable(page.PAGE.read_text("utf-8")) == page.comparable(made), REWRITE
    text = page.README.read_text("utf-8")
    assert page.readme(text, [_proof(subject) for subject in SUBJECTS]) == text, REWRITE


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_code_that_pins_nothing_is_caught(subject: Subject) -> None:
    """The same client with the comparison taken out sends its request to a wrong key, and the lab sees it."""
    assert prove_sabotaged(subject).verdict == "accepts-a-rogue"
