"""Workflow commands of GitHub Actions."""

from __future__ import annotations

import re

import pytest

from pinsmith.checks.host_check import HostCheck
from pinsmith.documents.check import check_github
from pinsmith.documents.github import annotation, github
from pinsmith.finding import FilePlace, Finding, HostPlace, Severity

HOSTILE = "a.xml\n::error::forged\r\n::add-mask::x%0A::b,line=9\x1b[2J\u2028::c"


def _parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Read a command as the runner does: to the first ``::`` after the properties, then without the escapes."""
    found = re.fullmatch(r"::([a-z]+) (.*?)::(.*)", line)
    assert found is not None
    level, properties, data = found.groups()
    pairs = dict(pair.split("=", 1) for pair in properties.split(","))
    return level, {name: _unescaped(value) for name, value in pairs.items()}, _unescaped(data)


def _unescaped(text: str) -> str:
    for sign, escape in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(escape, sign)
    return text


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Severity.HIGH, "error"),
        (Severity.MEDIUM, "warning"),
        (Severity.LOW, "notice"),
        (Severity.INFO, "notice"),
    ],
    ids=str,
)
def test_a_severity_becomes_a_level(severity: Severity, level: str) -> None:
    """The worst findings are errors, as in SARIF."""
    (line,) = github([Finding("no-pins", severity, None, "it has no pins")])
    assert line == f"::{level} title=no-pins::it has no pins"


def test_a_finding_in_a_file_is_shown_there() -> None:
    """File, line and column are properties, and the text does not repeat them."""
    finding = Finding("no-pins", Severity.MEDIUM, FilePlace("app/nsc.xml", 3, 7), "it has no pins", "add one")
    assert list(github([finding])) == ["::warning file=app/nsc.xml,line=3,col=7,title=no-pins::it has no pins: add one"]
    whole = Finding("no-pins", Severity.MEDIUM, FilePlace("app/nsc.xml"), "it has no pins")
    assert list(github([whole])) == ["::warning file=app/nsc.xml,title=no-pins::it has no pins"]


def test_a_finding_at_a_host_names_it() -> None:
    """A command has no property for a host."""
    finding = Finding("no-backup", Severity.HIGH, HostPlace("a.test", 443), "there is no backup")
    assert list(github([finding])) == ["::error title=no-backup::a.test:443: there is no backup"]


def test_a_hostile_text_stays_one_command() -> None:
    """Neither a message nor the name of a file can begin a command, add a property or change a level."""
    finding = Finding("no-pins", Severity.LOW, FilePlace(HOSTILE, 2), HOSTILE, HOSTILE)
    (line,) = github([finding])
    assert line.splitlines() == [line]
    assert line.isprintable()
    level, properties, text = _parsed(line)
    assert (level, set(properties)) == ("notice", {"file", "line", "title"})
    assert (properties["line"], properties["title"]) == ("2", "no-pins")
    assert properties["file"].startswith(r"a.xml\n::error::forged\r\n::add-mask::x%0A::b,line=9\x1b")
    assert text == finding.text


def test_percent_signs_and_line_ends_come_back() -> None:
    """The lines of a text are one command, and an escape that stood in the text is still the same text."""
    line = annotation("error", "50%: a, b", ["100%", "%0A", "hint: x"])
    assert line == "::error title=50%25%3A a%2C b::100%25%0A%250A%0Ahint: x"
    assert _parsed(line) == ("error", {"title": "50%: a, b"}, "100%\n%0A\nhint: x")


def test_failed_checks_and_warnings_are_annotated() -> None:
    """A host that passes or is switched off gets no annotation of its own, but its warnings do."""
    warning = Finding("pins-expire", Severity.MEDIUM, HostPlace("a.test"), "the pins expire")
    checks = [
        HostCheck("a.test", 443, None, "matched", None, "presents api", findings=(warning,)),
        HostCheck("b.test", 443, "192.0.2.1", "mismatched", "no-pinned-key", "is wrong", details=("::x",), hint="look"),
        HostCheck("c.test", None, None, "not-pinned", "off", "is not pinned"),
        HostCheck("d.test", 443, None, "unreachable", None, "is down"),
    ]
    assert list(check_github(checks)) == [
        "::warning title=pins-expire::a.test: the pins expire",
        "::error title=no-pinned-key::b.test:443 (192.0.2.1) is wrong%0A::x%0Ahint: look",
        "::error title=unreachable::d.test:443 is down",
    ]


def test_nothing_to_check_is_an_error() -> None:
    """No annotation at all would look like success."""
    assert list(check_github([], "pins.toml pins no host")) == ["::error title=no-hosts::pins.toml pins no host"]
