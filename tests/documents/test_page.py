"""Every code and every rule in an output has a place in the documentation."""

from __future__ import annotations

import ast
from typing import Final

from pinsmith.cli._error_code import known
from pinsmith.documents.page import page_of_error, page_of_rule, page_of_scenario
from pinsmith.documents.rule import meanings
from pinsmith.lab.scenarios import SCENARIOS
from tests.meta import source

DOCS: Final = source.ROOT / "docs"
PLACES: Final = {
    **{code: page_of_error(code) for code in known()},
    **{f"rule {rule}": page_of_rule(rule) for rule in meanings()},
    **{f"scenario {scenario.id}": page_of_scenario(scenario.id) for scenario in SCENARIOS},
}


def _rules_in_the_source() -> set[str]:
    """List the rules that the package gives to findings as they stand."""
    calls = (
        node
        for module in source.package_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding" and node.args
    )
    return {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}


def test_every_place_exists() -> None:
    """The page of every code and rule has the anchor: a target, or a heading that is the code."""
    missing = []
    for name, place in PLACES.items():
        path, _, anchor = place.partition("#")
        lines = (DOCS / path).read_text("utf-8").splitlines()
        if f"({anchor})=" not in lines and f"## {anchor}" not in lines:
            missing.append(name)
    assert missing == []


def test_every_rule_of_a_finding_is_documented() -> None:
    """A rule that the source names is one of the documented ones, or the code of an error."""
    found = _rules_in_the_source()
    assert {"no-backup", "out-of-sync", "other-certificate"} <= found
    assert found <= {*meanings(), *known()}


def test_the_code_of_an_error_stays_one_in_a_finding() -> None:
    """Lint reports a file that cannot be read under the code of the error, which has one place only."""
    assert page_of_rule("invalid-pin-file") == page_of_error("invalid-pin-file")
    assert not set(meanings()) & set(known())
