"""The findings of readers: their rules, and the place that they name."""

from __future__ import annotations

import ast
import itertools
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import pinsmith.audit
import pinsmith.formats
from pinsmith.checks import ending
from pinsmith.checks.warning import entry_warnings
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.formats import find, policy_of, read
from pinsmith.formats._note import NOTES, PROBLEMS, REFERENCES, Notes
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.syntax.position import Position
from tests.formats.policy import key

A, B = key("a"), key("b")
AAA = Pin.parse("sha256/vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM=")  # vouched for compromised authorities
DOMAINS = f'{{"a.example.com": {{"publicKeyHashes": ["{A.pin.base64}"]}}}}'
ENABLED = f'{{"sslPinning": {{"enabled": true, "domains": {DOMAINS}}}}}'


def _rules_in_code() -> set[str]:
    """Collect the first argument of every call that makes a note."""
    found = {*PROBLEMS, "pins-ended"}
    readers = (Path(str(package.__file__)).parent.glob("*.py") for package in (pinsmith.formats, pinsmith.audit))
    for path in itertools.chain.from_iterable(readers):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and _makes_note(node.func):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def _makes_note(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id == "Remark"
    if not isinstance(called, ast.Attribute):
        return False
    return called.attr == "_note" or (called.attr == "add" and "notes" in ast.dump(called))


def test_every_rule_is_described_and_used() -> None:
    """A reader cannot name a rule that the docs do not list, and the docs list no rule that nothing can name."""
    assert _rules_in_code() == set(NOTES)


def test_references_are_of_notes_and_are_ids() -> None:
    """A reference belongs to a note that exists, and names an entry of a catalogue."""
    assert REFERENCES.keys() <= NOTES.keys()
    ids = [reference for references in REFERENCES.values() for reference in references]
    assert all(re.fullmatch("CWE-[0-9]+|MASWE-[0-9]{4}|MASTG-TEST-[0-9]{4}", one) for one in ids)


def test_a_rule_of_import_and_check_has_one_severity() -> None:
    """A note about a defect that `check` also finds is as bad there."""
    now = datetime(2027, 1, 1, tzinfo=UTC)
    entry = HostPins("supabase.co", (Key("aaa", AAA), A), include_subdomains=True, expires=now.date())
    found = [*entry_warnings(entry, (), now), *ending.find(Policy((entry,)), {entry.host}, now=now)]
    assert {finding.rule: finding.severity for finding in found} == {
        rule: NOTES[rule][0] for rule in ("vouched-for-compromised", "private-suffix", "pins-ended")
    }


@pytest.mark.parametrize(
    ("at", "place"),
    [
        (Position(3, 7), FilePlace("f", 3, 7)),
        (3, FilePlace("f", 3)),
        (None, FilePlace("f")),
    ],
    ids=["a position", "a line", "no place"],
)
def test_a_note_names_the_most_exact_place(at: Position | int | None, place: FilePlace) -> None:
    """A column is given only where the syntax knows it."""
    notes = Notes("f")
    notes.add("duplicate-pin", "it is listed twice", at)
    assert notes == [Finding("duplicate-pin", Severity.LOW, place, "it is listed twice")]


def test_a_reader_gives_rule_place_and_fix() -> None:
    """A shell can show the note at its place and offer the fix."""
    text = f"""<network-security-config><domain-config>
  <domain>api.example.com</domain>
  <domain>www.example.com.</domain>
  <pin-set><pin digest="SHA-256">{A.pin.base64}</pin></pin-set>
</domain-config></network-security-config>"""
    _, reading = read(text.encode(), "nsc.xml", format_id="android-nsc")
    assert reading.notes == (
        Finding(
            "host-never-matches",
            Severity.HIGH,
            FilePlace("nsc.xml", 3, 3),
            "'www.example.com.' never matches a host",
            "write 'www.example.com'",
        ),
    )


def test_a_part_that_was_left_out_keeps_its_place_and_fix() -> None:
    """With --skip-bad the part is missing, and its finding is as bad as before."""
    _, reading = read(f'["{A.pin}",\n "{B.pin}",\n "sha256/AAAA"]'.encode(), "pins.txt", format_id="plain-list")
    (problem,) = reading.problems
    _, notes = policy_of(reading, file="pins.txt", hosts=["a.test"], skip_bad=True)
    found = next(note for note in notes if note.rule == "invalid-pin")
    assert (found.severity, found.place, found.fix) == (Severity.HIGH, FilePlace("pins.txt", 3), problem.fix)
    assert found.message == f"left out: {problem.message}"


def test_only_what_is_in_force_is_a_setting() -> None:
    """`sync` asks before it loses pinning that is switched on, and not before it loses other notes."""
    target = find("wavemaker")
    assert target.read is not None
    off = target.read(ENABLED.replace("true", "false").encode(), "f")
    assert [note.rule for note in off.notes] == ["pinning-off", "too-few-pins"]
    assert [note.rule for note in off.settings] == ["pinning-off"]
    assert target.read(ENABLED.encode(), "f").settings == ()


def test_a_hostile_name_cannot_forge_a_place() -> None:
    """The name of a file is quoted if it looks like a place, and an empty one does not stop the import."""
    for name, shown in (("a:7", '"a:7":2'), ("", "-:2")):
        notes = Notes(name)
        notes.add("duplicate-pin", "it is listed twice", 2)
        assert notes[0].summary == f"{shown}: it is listed twice"
