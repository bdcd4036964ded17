"""The threat model of the service names tests that exist."""

from __future__ import annotations

import re

from tests.meta import source


def test_every_attack_names_tests_that_exist() -> None:
    """A test that is renamed or removed leaves no claim behind."""
    text = (source.ROOT / "docs" / "threat-model-service.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", text))
    known = {function.name for module in source.test_modules() for function in module.functions()}
    assert named - known == set()
    rows = [line for line in text.partition("## Attacks")[2].splitlines() if line.startswith("| ")]
    attacks = [row for row in rows if not row.startswith(("| attack |", "| - |"))]
    assert attacks
    assert [row for row in attacks if "`test_" not in row] == []
