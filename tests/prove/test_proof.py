"""Generated code compiles, has the format of its language, and behaves in the lab as a correct client does."""

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

UNASKED = ("the target cannot express it", "it needs {address}")
"""The reasons for which a claim may be left out; all other claims are tried."""
REWRITE = "if this is correct, write it down with `python -m tests.prove`, and read the difference"


def _prepare_next(request: pytest.FixtureRequest) -> None:
    for item in request.session.items[request.session.items.index(request.node) + 1 :][:1]:
        subject = item.callspec.params.get("subject") if hasattr(item, "callspec") else None
        if isinstance(subject, Subject):
            prepare(subject)


_proof = cache(prove)
_claims = cache(prove_claims)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_generated_code_passes_the_lab(subject: Subject, request: pytest.FixtureRequest) -> None:
    """In every scenario that the target can express, the client accepts good servers and sends nothing to others."""
    program(subject)
    _prepare_next(request)
    proof = _proof(subject)
    failures = [f"{trial.scenario.id} ({trial.key}): {trial.verdict}: {trial.reason}" for trial in proof.failed]
    assert not failures, "\n".join(failures)
    assert {trial.expected for trial in proof.tried} >= {"accept", "refuse"}


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_a_target_keeps_its_claims(subject: Subject) -> None:
    """Exempt hosts are not pinned, a host's own pins replace its parent's, and no spelling of a name evades them."""
    proof = _claims(subject)
    failures = [f"{trial.scenario.id}: {trial.verdict}: {trial.reason}" for trial in proof.failed]
    assert not failures, "\n".join(failures)
    unasked = [reason for reason in proof.skipped if not reason.startswith(UNASKED)]
    assert not unasked, "\n".join(unasked)
    tried, can = {trial.scenario.id for trial in proof.tried}, find(subject.target).can
    # A target that takes certificates instead of pins cannot pin the backup, which has none.
    assert ("address-127.0.0.1-rogue" in tried) is (can.addresses and can.takes == "pin")
    assert ("require-pins-unpinned-host" in tried) is can.require_pins


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_what_is_excused_still_fails(subject: Subject) -> None:
    """A client still fails every excused scenario; an excuse that is no longer needed must be removed."""
    failed = {trial.scenario.id for proof in (_proof(subject), _claims(subject)) for trial in proof.excused}
    assert failed == {*subject.excused, *subject.early}


def test_every_target_is_proven_or_listed_as_not_proven() -> None:
    """Every target of generated code is either proven or listed as not proven."""
    others = {name for name, _ in page.OTHERS}
    proven = {subject.target for subject in SUBJECTS}
    assert others | proven == {target.id for target in CODE}
    assert not others & proven


def test_the_page_shows_the_results_of_this_run() -> None:
    """The published proof is that of this run, except for versions and date."""
    made = page.page([_proof(subject) for subject in SUBJECTS], datetime.now(tz=UTC).date())
    assert page.comparable(page.PAGE.read_text("utf-8")) == page.comparable(made), REWRITE
    text = page.README.read_text("utf-8")
    assert page.readme(text, [_proof(subject) for subject in SUBJECTS]) == text, REWRITE


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_code_that_pins_nothing_is_caught(subject: Subject) -> None:
    """The control: without its comparison of pins, the client sends its request to a wrong key, and the lab sees it."""
    assert prove_sabotaged(subject).verdict == "accepts-a-rogue"
