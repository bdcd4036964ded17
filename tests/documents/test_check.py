"""The documents of `pinsmith check`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest

from pinsmith.certificate import Certificate, Chain
from pinsmith.checks.host_check import HostCheck
from pinsmith.documents.check import check_document, check_junit
from pinsmith.finding import Finding, Severity
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key


@pytest.mark.parametrize("text", ["CN=\x1b[2J", "CN=\x00", "CN=<&\"'>]]>", "CN=\ud800", "CN=\uffff"])
def test_junit_stays_xml_whatever_a_certificate_says(text: str) -> None:
    """Control characters and markup of a subject neither break the report nor appear in it unescaped."""
    findings = (Finding("x", Severity.LOW, None, text),)
    check = HostCheck(
        "a.test", 443, "192.0.2.1", "mismatched", "no-pinned-key", text, details=(text,), findings=findings
    )
    root = ET.fromstring(check_junit([check]))  # noqa: S314 - ours
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert "CN=" in (failure.get("message") or "")
    assert root.get("failures") == "1"


NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
CHECKS = [
    HostCheck("a.test", 443, "192.0.2.1", "matched", None, "presents api"),
    HostCheck("b.test", 443, "192.0.2.1", "mismatched", "no-pinned-key", "presents no pinned key", hint="look"),
    HostCheck("c.test", 443, None, "unreachable", "connect", "refused the connection"),
    HostCheck("d.test", 443, None, "not-pinned", "no-entry", "is not pinned"),
    HostCheck("e.test", 443, None, "not-pinned", "off", "is not pinned"),
]


def test_a_host_that_cannot_be_read_is_an_error_and_the_others_fail() -> None:
    """An unreadable host is an error, a mismatch is a failure, and a host that is switched off passes."""
    cases = ET.fromstring(check_junit(CHECKS)).findall("testsuite/testcase")  # noqa: S314 - ours
    results = {case.get("name"): [(child.tag, child.get("type")) for child in case] for case in cases}
    assert results == {
        "a.test:443 (192.0.2.1)": [],
        "b.test:443 (192.0.2.1)": [("failure", "no-pinned-key")],
        "c.test:443": [("error", "connect")],
        "d.test:443": [("failure", "no-entry")],
        "e.test:443": [],
    }


def test_nothing_to_check_is_a_failure() -> None:
    """An empty report is a failure, because CI would take it for success."""
    (case,) = ET.fromstring(check_junit([], "it pins no host")).findall("testsuite/testcase")  # noqa: S314 - ours
    assert [child.attrib for child in case] == [{"message": "it pins no host", "type": "no-hosts"}]
    assert [check_document([], void, now=NOW).ok for void in (None, "it pins no host")] == [True, False]


def test_ok_means_that_no_check_fails() -> None:
    """Warnings and hosts that are switched off do not change `ok`."""
    warned = replace(CHECKS[0], findings=(Finding("no-backup", Severity.HIGH, None, "there is none"),))
    assert check_document([warned, CHECKS[4]], now=NOW).ok
    assert [check_document([CHECKS[0], check], now=NOW).ok for check in CHECKS[1:4]] == [False, False, False]


def test_with_strict_a_warning_fails() -> None:
    """With --strict, `ok` and the failures in JUnit agree with the exit code: a warning fails, a remark does not."""
    warned = replace(CHECKS[0], findings=(Finding("no-backup", Severity.HIGH, None, "there is none", "make one"),))
    noted = replace(CHECKS[0], findings=(Finding("x", Severity.INFO, None, "a remark"),))
    documents = [check_document([check], strict=True, now=NOW) for check in (CHECKS[0], noted, warned)]
    assert [document.ok for document in documents] == [True, True, False]
    (case,) = ET.fromstring(check_junit([warned], strict=True)).findall("testsuite/testcase")  # noqa: S314 - ours
    assert [(child.tag, child.get("type"), child.get("message")) for child in case][:1] == [
        ("failure", "no-backup", "a.test: there is none: make one")
    ]


def test_each_certificate_has_its_key_dates_and_days_left() -> None:
    """Every certificate has its key, its dates and its days left, so that a program needs no second request."""
    root = Authority.root()
    start, end = datetime(2031, 4, 1, tzinfo=UTC), datetime(2031, 5, 11, tzinfo=UTC)
    leaf = Certificate(root.issue("a.test", not_before=start, not_after=end).der)
    entry = HostPins("a.test", (Key("api", leaf.pin), Key("spare", Pin.of_spki(b"x"))), expires=date(2031, 5, 1))
    check = replace(CHECKS[0], entry=entry, chain=Chain((leaf, Certificate(root.der))))
    (host,) = check_document([check], now=NOW).hosts
    assert (host.pins_expire, host.pins_days_left) == ("2031-05-01", -1)
    below, above = host.presented
    assert (below.pin, below.key, below.subject) == (str(leaf.pin), "api", leaf.subject)
    assert (below.not_before, below.not_after) == ("2031-04-01T00:00:00Z", "2031-05-11T00:00:00Z")
    assert below.days_left == 9  # 9 and a half
    assert (above.key, above.pin) == (None, str(root.pin))
    (bare,) = check_document([CHECKS[0]], now=NOW).hosts
    assert (bare.presented, bare.pins_expire, bare.pins_days_left) == ([], None, None)
