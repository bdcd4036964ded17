"""What the targets for Python claim beyond the lab's scenarios; the attacks on a context stand in tests/tls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.prove import python
from tests.prove.proving import prove_claims

if TYPE_CHECKING:
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1200)]

EACH = [each for each in python.SUBJECTS if each.id in {"python-requests", "python-standalone-urllib"}]


@pytest.mark.parametrize("subject", EACH, ids=lambda subject: subject.id)
def test_what_a_target_claims_is_true(subject: Subject) -> None:
    """An exempt host is let be, a host's own pins replace its parent's, and no spelling of a name evades them."""
    proof = prove_claims(subject)
    assert not [f"{each.scenario.id}: {each.verdict}: {each.reason}" for each in proof.failed]
    assert {each.scenario.id for each in proof.tried} >= {"address-127.0.0.1-rogue", "demanded-pins-none", "final-dot"}
