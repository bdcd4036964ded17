"""Findings in documents."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from pinsmith.documents.document import encode_line
from pinsmith.documents.finding import finding_out
from pinsmith.documents.lint import lint_junit
from pinsmith.finding import Affected, FilePlace, Finding, HostPlace, Place, Severity


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
        "cohorts": [],
    }


def test_a_finding_about_releases_lists_them_for_programs() -> None:
    """A share that is not known is null in JSON, and absent in JUnit, so that nobody takes it for zero."""
    cohorts = (Affected("android", "3.9", 2.1, "pins old only"), Affected("ios", "1", None, "pins old only"))
    finding = Finding("release-without-common-pin", Severity.MEDIUM, None, "they pin old only", cohorts=cohorts)
    assert json.loads(encode_line(finding_out(finding)))["cohorts"] == [
        {"app": "android", "version": "3.9", "share": 2.1, "why": "pins old only"},
        {"app": "ios", "version": "1", "share": None, "why": "pins old only"},
    ]
    properties = ET.fromstring(lint_junit([], [finding])).iter("property")  # noqa: S314 - ours
    assert {one.get("name"): one.get("value") for one in properties} == {
        "cohort.1.app": "android",
        "cohort.1.version": "3.9",
        "cohort.1.share": "2.1",
        "cohort.1.why": "pins old only",
        "cohort.2.app": "ios",
        "cohort.2.version": "1",
        "cohort.2.why": "pins old only",
    }
