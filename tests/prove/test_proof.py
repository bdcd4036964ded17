"""Generated code compiles, is formatted as its language has it, and does in the lab what a correct pinner does."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest

from pinsmith.formats import find
from pinsmith.formats.code import CODE
from tests.prove import page
from tests.prove.family import SUBJECTS
from tests.prove.proving import prepare, program, prove, prove_claims, prove_sabotaged
from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]

UNASKED = ("the target cannot say it", "it needs {address}")
"""Why a claim may be left out: all others are tried."""
REWRITE = "if it is right, `python -m tests.prove` writes it down; read the difference"


def _prepare_next(request: pytest.FixtureRequest) -> None:
    for item in request.session.items[request.session.items.index(request.node) + 1 :][:1]:
        subject = item.callspec.params.get("subject") if hasattr(item, "callspec") else None
        if isinstance(subject, Subject):
            prepare(subject)


_proof = cache(prove)
_claims = cache(prove_claims)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_generated_code_passes_the_lab(subject: Subject, request: pytest.FixtureRequest) -> None:
    """It accepts the good servers and sends nothing to the others, in every scenario that its target can say."""
    program(subject)
    _prepare_next(request)
    proof = _proof(subject)
    told = [f"{each.scenario.id} ({each.key}): {each.verdict}: {each.reason}" for each in proof.failed]
    assert not told, "\n".join(told)
    assert {each.expected for each in proof.tried} >= {"accept", "refuse"}


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_what_a_target_claims_is_true(subject: Subject) -> None:
    """An exempt host is let be, a host's own pins replace its parent's, and no spelling of a name evades them."""
    proof = _claims(subject)
    told = [f"{each.scenario.id}: {each.verdict}: {each.reason}" for each in proof.failed]
    assert not told, "\n".join(told)
    unasked = [reason for reason in proof.skipped if not reason.startswith(UNASKED)]
    assert not unasked, "\n".join(unasked)
    tried, can = {each.scenario.id for each in proof.tried}, find(subject.target).can
    # Of what takes certificates instead of pins, no backup has one.
    assert ("address-127.0.0.1-rogue" in tried) is (can.addresses and can.takes == "pin")
    assert ("demanded-pins-none" in tried) is can.require_pins


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_what_is_excused_still_fails(subject: Subject) -> None:
    """An excuse that is no longer needed goes."""
    failed = {each.scenario.id for proof in (_proof(subject), _claims(subject)) for each in proof.excused}
    assert failed == {*subject.excused, *subject.early}


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
