"""Generated code whose compiler is not available here is well-formed, and broken code is noticed."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith.formats import LOSSES, export, find
from tests.formats.policy import FULL
from tests.prove import dart
from tests.prove.syntax import Checked, complaints, texts

pytestmark = [pytest.mark.prove, pytest.mark.timeout(300)]

CHECKED: Final[tuple[Checked, ...]] = (dart.CHECKED,)
EACH = pytest.mark.parametrize("checked", CHECKED, ids=lambda checked: checked.target)


@EACH
def test_generated_code_can_be_parsed(checked: Checked) -> None:
    """For every pin file, the grammar can parse the generated code, and every name is declared or known."""
    found = {name: complaints(checked, text) for name, text in texts(checked)}
    assert found
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize(
    ("checked", "piece", "spoilt"),
    [(checked, *pair) for checked in CHECKED for pair in checked.broken],
    ids=lambda value: value.target if isinstance(value, Checked) else value.strip(),
)
def test_broken_code_is_noticed(checked: Checked, piece: str, spoilt: str) -> None:
    """The control: a missing bracket, word or letter is reported."""
    text = export(FULL, find(checked.target), options={"accept-loss": tuple(LOSSES)}).text
    assert piece in text
    assert complaints(checked, text.replace(piece, spoilt))
