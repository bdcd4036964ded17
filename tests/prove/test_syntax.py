"""Generated code whose compiler cannot be had here is well-formed, and broken code is noticed."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith.formats import LOSSES, export, find
from tests.formats.policy import FULL
from tests.prove import dart
from tests.prove.syntax import Checked, complaints, texts

pytestmark = [pytest.mark.prove, pytest.mark.timeout(300)]

CHECKED: Final[tuple[Checked, ...]] = (dart.CHECKED,)
EACH = pytest.mark.parametrize("checked", CHECKED, ids=lambda each: each.target)


@EACH
def test_generated_code_can_be_parsed(checked: Checked) -> None:
    """Whatever the pin file holds, the grammar understands all of it, and every name is declared or known."""
    told = {name: complaints(checked, text) for name, text in texts(checked)}
    assert told
    assert {name: said for name, said in told.items() if said} == {}


@pytest.mark.parametrize(
    ("checked", "piece", "spoilt"),
    [(checked, *pair) for checked in CHECKED for pair in checked.broken],
    ids=lambda each: each.target if isinstance(each, Checked) else each.strip(),
)
def test_broken_code_is_noticed(checked: Checked, piece: str, spoilt: str) -> None:
    """A bracket, a word or a letter that is missing is a complaint; else the test above could not fail."""
    text = export(FULL, find(checked.target), options={"accept-loss": tuple(LOSSES)}).text
    assert piece in text
    assert complaints(checked, text.replace(piece, spoilt))
