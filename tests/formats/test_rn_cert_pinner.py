"""react-native-cert-pinner's ``pinset.json``, where a host with subdomains is listed twice."""

from __future__ import annotations

import json
from pathlib import Path

from pinsmith.formats import LOSSES, export
from pinsmith.formats.rn_cert_pinner import FORMAT
from pinsmith.policy import HostPins, Policy
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, LEAF

SAMPLES = Path(__file__).parent / "samples" / FORMAT.id
A, B = str(LEAF.pin), str(BACKUP.pin)
WIDE = Policy((HostPins("example.com", (LEAF, BACKUP), include_subdomains=True),))
ALL = {"accept-loss": tuple(LOSSES)}
PINS = f"""{{
      "pins": [
        "{A}",
        "{B}"
      ]
    }}"""
NEW = f"""{{
  "domains": {{
    "example.com": {PINS},
    "*.example.com": {PINS}
  }}
}}
"""


def test_a_new_file_in_full() -> None:
    """The star comes after the host, because on iOS the last of the two counts."""
    assert export(WIDE, FORMAT, options=ALL).text == NEW


def test_a_star_that_comes_first_is_moved() -> None:
    """A host added after the star would remove the subdomains on iOS."""
    before = (SAMPLES / "valid" / "pinset.json").read_text()
    after = export(WIDE, FORMAT, options=ALL, existing=before).text
    assert after == NEW
    assert list(json.loads(after)["domains"]) == ["example.com", "*.example.com"]
    assert export(WIDE, FORMAT, options=ALL, existing=after).text == after


def test_a_host_without_subdomains_loses_its_star() -> None:
    """The host itself keeps its place."""
    alone = Policy((HostPins("example.com", (LEAF, BACKUP)),))
    assert list(json.loads(export(alone, FORMAT, existing=NEW).text)["domains"]) == ["example.com"]


def test_differences_between_the_platforms_are_noted() -> None:
    """Notes name a star alone, one label, other pins, and a star that is overruled."""
    assert FORMAT.read is not None
    reading = FORMAT.read((SAMPLES / "valid" / "pinset.json").read_bytes(), "f")
    assert [(entry.host, entry.include_subdomains, entry.line) for entry in reading.hosts] == [
        ("log.example.org", False, 9),
        ("example.com", True, 3),
    ]
    assert [line_of(note) for note in reading.notes] == [3, 3]
    reading = FORMAT.read((SAMPLES / "valid" / "both.json").read_bytes(), "f")
    assert len(reading.hosts[0].pins) == 3
    assert "joined" in reading.notes[0].text
    text = f'{{"domains": {{"*.a.example": {{"pins": ["{A}", "{B}"]}}, "a.example": {{"pins": ["{A}", "{B}"]}}}}}}'
    assert "iOS does not pin subdomains" in FORMAT.read(text.encode(), "f").notes[0].text
