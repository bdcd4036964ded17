"""The documents of `pinsmith check`."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pinsmith.checks.host_check import HostCheck
from pinsmith.documents.check import check_junit
from pinsmith.finding import Finding, Severity


@pytest.mark.parametrize("text", ["CN=\x1b[2J", "CN=\x00", "CN=<&\"'>]]>", "CN=\ud800", "CN=\uffff"])
def test_junit_stays_xml_whatever_a_certificate_says(text: str) -> None:
    """Control characters and markup of a subject neither break the report nor reach it raw."""
    findings = (Finding("x", Severity.LOW, None, text),)
    check = HostCheck(
        "a.test", 443, "192.0.2.1", "mismatched", "no-pinned-key", text, details=(text,), findings=findings
    )
    root = ET.fromstring(check_junit([check]))  # noqa: S314 - ours
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert "CN=" in (failure.get("message") or "")
    assert root.get("failures") == "1"
