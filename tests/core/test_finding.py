"""Findings and their places: only valid ones can be made, and their printed form is not ambiguous."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import example, given, strategies as st

from pinsmith.finding import FilePlace, Finding, HostPlace, Severity


@given(st.text(min_size=1))
@example("a\n:1")
@example("\ud800")
@example("a:\u0663")
def test_a_place_is_one_printable_line(file: str) -> None:
    """For any file name the printed place is one line without control characters."""
    assert str(FilePlace(file, 4)).isprintable()


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (FilePlace("pins.toml"), "pins.toml"),
        (FilePlace("a dir/pins.toml", 3, 7), "a dir/pins.toml:3:7"),
        (FilePlace(r"C:\pins.toml", 3), r"C:\pins.toml:3"),
        (FilePlace("a:3", 4), '"a:3":4'),
        (FilePlace("a:3"), '"a:3"'),
        (FilePlace('"a"', 4, 5), '"\\"a\\"":4:5'),
        (FilePlace("a\x1b[2J", 4), '"a\\u001b[2J":4'),
        (HostPlace("a.test"), "a.test"),
        (HostPlace("a.test", 443, "::1"), "a.test:443 (::1)"),
        (HostPlace("2001:db8::1", 443), "[2001:db8::1]:443"),
    ],
    ids=str,
)
def test_a_place_is_written_as_people_write_it(place: FilePlace | HostPlace, text: str) -> None:
    """A place is printed as FILE:LINE:COLUMN, which editors and terminals know; only a misleading name is quoted."""
    assert str(place) == text


@pytest.mark.parametrize(
    ("file", "line", "column"),
    [("", 1, 1), ("a", 0, None), ("a", -1, None), ("a", 1, 0), ("a", None, 1), ("a", 10**10, None), ("a", 1.5, None)],
)
def test_no_place_in_a_file_that_cannot_be(file: str, line: int, column: int) -> None:
    """A place in a file needs a name, counts lines and columns from 1, and has a column only with a line."""
    with pytest.raises(ValueError, match=r"no name|count from 1|needs a line"):
        FilePlace(file, line, column)


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("", None, None),
        ("A.test", None, None),
        ("a.test.", None, None),
        ("a.test:443", None, None),
        ("a.test\n", None, None),
        ("a.test (::1)", None, None),
        ("a.test", 0, None),
        ("a.test", 65536, None),
        ("a.test", 443, ""),
        ("a.test", 443, "b.test"),
        ("a.test", 443, "::1) (::2"),
        ("a.test", 443, "::1%\x1b[2J"),
        ("192.0.2.1", 443, "192.0.2.1"),
    ],
)
def test_no_place_at_a_host_that_cannot_be(host: str, port: int | None, address: str | None) -> None:
    """Host, port and address must have their canonical form, so that no place can imitate another."""
    with pytest.raises(ValueError, match="is not"):
        HostPlace(host, port, address)


def test_severities_are_ordered() -> None:
    """Severities are ordered from a remark to a fault that must be repaired."""
    assert list(map(str, sorted(Severity))) == ["info", "low", "medium", "high"]


@pytest.mark.parametrize("rule", ["", "No-Backup", "no_backup", "-x", "x-", "a--b", "1st", "no backup", "x\n"])
def test_a_rule_is_kebab_case(rule: str) -> None:
    """A rule is a kebab-case id, because users type it and pages use it as an anchor."""
    with pytest.raises(ValueError, match="is not a rule"):
        Finding(rule, Severity.LOW, None, "something")


def test_a_finding_needs_message_and_fix() -> None:
    """A finding without message or fix is refused, because it is a mistake of the rule."""
    with pytest.raises(ValueError, match="empty"):
        Finding("no-backup", Severity.LOW, None, "")
    with pytest.raises(ValueError, match="empty"):
        Finding("no-backup", Severity.LOW, None, "something", "")


def test_hostile_texts_become_harmless() -> None:
    """Hostile text quoted in a message is escaped and put on one line, and never prevents a finding."""
    finding = Finding("x", Severity.HIGH, HostPlace("a.test"), "CN=\x1b[2J\n\u202ex", "ask\u2028")
    assert str(finding) == r"a.test: CN=\x1b[2J\n\u202ex: ask\u2028 (x)"


def test_a_finding_is_one_line_and_can_be_pickled() -> None:
    """A finding is printed as place, message, fix and rule in this order, without gaps for absent parts."""
    whole = Finding("no-backup", Severity.HIGH, FilePlace("pins.toml", 3), "there is no backup", "add one")
    assert str(whole) == "pins.toml:3: there is no backup: add one (no-backup)"
    assert str(Finding("no-backup", Severity.HIGH, None, "there is none")) == "there is none (no-backup)"
    assert pickle.loads(pickle.dumps(whole)) == whole  # noqa: S301 - ours
