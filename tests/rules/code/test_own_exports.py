"""Code that pinsmith generates has none of the mistakes that its rules look for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith import audit, formats
from pinsmith.formats import LOSSES
from pinsmith.formats.code import CODE
from pinsmith.rules import Persona, lint, read
from pinsmith.rules.code import CODE_RULES
from tests.formats.policy import AUTHORITIES, PLAIN, certificates, certified

if TYPE_CHECKING:
    from pinsmith.formats import Format

READ = [target for target in CODE if audit.language_of(f"pins{target.suffixes[0]}")]


@pytest.mark.parametrize("target", READ, ids=lambda target: target.id)
def test_nothing_is_found_in_generated_code(target: Format) -> None:
    """No rule about code finds anything in what an output writes."""
    policy = AUTHORITIES if target.can.matches == "anchors" else PLAIN
    policy = certified(policy) if target.can.takes != "pin" else policy
    options = dict(target.example_options) | {"accept-loss": tuple(LOSSES)}
    text = formats.export(policy, target, options=options, certificates=certificates(policy)).text
    file = read(text.encode("utf-8"), f"pins{target.suffixes[0]}", today=date(2027, 1, 1))
    ids = {rule.id for rule in CODE_RULES}
    assert [str(finding) for finding in lint([file], CODE_RULES, persona=Persona.AUDITOR) if finding.rule in ids] == []
