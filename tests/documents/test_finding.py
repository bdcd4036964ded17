"""Findings in documents."""

from __future__ import annotations

import json

import pytest

from pinsmith.documents.document import encode_line
from pinsmith.documents.finding import finding_out
from pinsmith.finding import FilePlace, Finding, HostPlace, Place, Severity


@pytest.mark.parametrize(
    ("place", "written"),
    [
        (None, None),
        (FilePlace("pins.toml"), {"kind": "file", "file": "pins.toml", "line": None, "column": None}),
        (FilePlace("a:3", 3, 7), {"kind": "file", "file": "a:3", "line": 3, "column": 7}),
        (HostPlace("a.test"), {"kind": "host", "host": "a.test", "port": None, "address": None}),
        (HostPlace("a.test", 443, "::1"), {"kind": "host", "host": "a.test", "port": 443, "address": "::1"}),
    ],
    ids=str,
)
def test_every_field_of_a_finding_is_there(place: Place | None, written: object) -> None:
    """The severity is a word, and the place has its kind."""
    finding = Finding("no-backup", Severity.HIGH, place, "there is no backup", "add one")
    assert json.loads(encode_line(finding_out(finding))) == {
        "rule": "no-backup",
        "severity": "high",
        "place": written,
        "message": "there is no backup",
        "fix": "add one",
        "host": "a.test" if isinstance(place, HostPlace) else None,
        "pin": None,
        "fixable": None,
        "page": "reference/rules.md#rule-no-backup",
    }
