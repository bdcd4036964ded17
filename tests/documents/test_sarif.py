"""Findings as SARIF."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pinsmith.documents.sarif import Rule, sarif
from pinsmith.finding import FilePlace, Finding, HostPlace, Place, Severity

PAGE = "reference/rules.md#rule-no-backup"
RULE = Rule(
    "no-backup",
    "a host without a backup",
    "A lost key locks every user out.",
    "See RFC 7469.",
    PAGE,
)


def _result(finding: Finding) -> dict[str, Any]:
    (run,) = json.loads(sarif([finding], [RULE]))["runs"]
    (result,) = run["results"]
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize(
    ("place", "locations"),
    [
        (None, []),
        (
            FilePlace("app/pins.toml", 3, 7),
            [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "app/pins.toml"},
                        "region": {"startLine": 3, "startColumn": 7},
                    }
                }
            ],
        ),
        (
            FilePlace("a b\udcff"),
            [{"physicalLocation": {"artifactLocation": {"uri": "a%20b%FF"}, "region": {"startLine": 1}}}],
        ),
        (
            HostPlace("a.test", 443),
            [{"logicalLocations": [{"fullyQualifiedName": "a.test:443", "kind": "resource"}]}],
        ),
    ],
    ids=str,
)
def test_a_result_has_its_place(place: Place | None, locations: object) -> None:
    """A result has a file with line and column, or a host; a finding about everything has no place."""
    assert _result(Finding("no-backup", Severity.HIGH, place, "none"))["locations"] == locations


def test_the_level_follows_the_severity_and_the_text_has_the_fix() -> None:
    """SARIF has three levels."""
    results = [_result(Finding("no-backup", severity, None, "none", "add one")) for severity in Severity]
    assert [result["level"] for result in results] == ["note", "note", "warning", "error"]
    assert {result["message"]["text"] for result in results} == {"none: add one"}


def test_every_rule_is_described_even_without_a_result() -> None:
    """A scan without findings still lists the rules that it used."""
    (run,) = json.loads(sarif([], [RULE]))["runs"]
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == [
        {
            "id": "no-backup",
            "shortDescription": {"text": "a host without a backup"},
            "fullDescription": {"text": "A lost key locks every user out."},
            "help": {"text": f"See RFC 7469.\n\nDocumentation of pinsmith: docs/{PAGE}"},
        }
    ]


def test_a_hostile_message_is_harmless() -> None:
    """Half a surrogate cannot be written as JSON, and a finding contains none."""
    assert _result(Finding("x", Severity.LOW, None, "CN=\ud800\x1b"))["message"]["text"] == r"CN=\ud800\x1b"


def test_the_ids_of_other_catalogues_are_tags() -> None:
    """Code scanning shows the tags of a rule, and a rule without a reference has none."""
    rule = replace(RULE, references=("CWE-295", "MASWE-0028", "https://example.com/"))
    (run,) = json.loads(sarif([], [rule]))["runs"]
    (described,) = run["tool"]["driver"]["rules"]
    assert described["properties"] == {"tags": ["external/cwe/cwe-295", "MASWE-0028"]}
