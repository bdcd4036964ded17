"""JUnit XML is valid for any text in its cases."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pinsmith.documents.junit import Case, junit

CASES = [
    Case("a.test:443", output=("warning: soon",), seconds=0.25),
    Case("b.test:443", "failure", "presents no pinned key", "no-pinned-key", ("pinned:", "  sha256/...")),
    Case("c.test:443", "error", "refused", "unreachable"),
    Case("d.test:443", "skipped", "needs IPv6"),
    Case("e.test:443", "skipped", "needs IPv6"),
    *(Case(f"f{number}.test:443", "error", "refused") for number in range(2)),
]


def test_every_case_has_its_element() -> None:
    """A failure, an error and a skipped case have a message, and a case of any result may have output."""
    passed, failure, error, skipped, *_ = ET.fromstring(junit("lab run", CASES)).findall("testsuite/testcase")  # noqa: S314 - ours
    assert passed.attrib == {"classname": "pinsmith.lab.run", "name": "a.test:443", "time": "0.250"}
    assert [(child.tag, child.text) for child in passed] == [("system-out", "warning: soon")]
    assert failure[0].attrib == {"message": "presents no pinned key", "type": "no-pinned-key"}
    assert failure[0].text == "pinned:\n  sha256/..."
    assert (error[0].tag, error[0].get("message")) == ("error", "refused")
    assert (skipped[0].tag, skipped[0].attrib) == ("skipped", {"message": "needs IPv6"})


def test_the_report_and_its_suite_count_the_cases() -> None:
    """The report and its suite both have the counts, because CI systems read either."""
    root = ET.fromstring(junit("check", CASES))  # noqa: S314 - ours
    counts = {"tests": "7", "failures": "1", "errors": "3", "skipped": "2"}
    assert root.attrib == counts
    assert root[0].attrib == {"name": "pinsmith check", **counts}


@pytest.mark.parametrize("text", ["\x1b[2J", "\x00", "<&\"'>]]>", "\ud800", "\uffff", "\u202e", "a\nb"])
def test_no_text_breaks_the_xml(text: str) -> None:
    """Control characters and markup neither break the report nor appear in it unescaped."""
    report = junit("check", [Case(text, "failure", text, text, (text,), (text,))])
    case = ET.fromstring(report.encode())[0][0]  # noqa: S314 - ours
    assert len(case) == 2
    assert all(character.isprintable() or character == "\n" for character in report)
