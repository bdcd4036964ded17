"""Chromium's static pins: keys, sets and hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import Reading, chromium_pins, policy_of
from pinsmith.lab.authority import Authority
from tests.formats.policy import LEAF

SAMPLES = Path(__file__).parent / "samples" / "chromium-pins"


def _read(text: str) -> Reading:
    assert chromium_pins.FORMAT.read is not None
    return chromium_pins.FORMAT.read(text.encode(), "static.pins")


def _sample(name: str) -> str:
    return (SAMPLES / name).read_text("utf-8")


def test_keys_sets_and_hosts_make_a_policy() -> None:
    """Hosts get the keys of their set, with subdomains and reports; hosts without pins are none of ours."""
    policy, _ = policy_of(_read(_sample("valid/both.pins")), file="f")
    assert [(entry.host, entry.include_subdomains, len(entry.keys)) for entry in policy] == [
        ("example.com", True, 4),
        ("api.example.org", False, 4),
    ]
    assert policy.hosts[0].report_uris == ("https://reports.example.net/pins",)
    assert [key.role for key in policy.hosts[0].keys] == ["root", "intermediate", "leaf", "leaf"]


def test_what_a_policy_cannot_hold_is_noted_with_its_line() -> None:
    """The age of the list, placeholders, forbidden keys, sets without keys."""
    text = _sample("valid/both.pins")
    lines = text.split("\n")
    noted = [(note.text.split()[0], lines[(note.line or 0) - 1].strip()[:22]) for note in _read(text).notes]
    assert noted == [
        ("PinsListTimestamp", "PinsListTimestamp"),
        ("TestSPKI", "TestSPKI"),
        ("the", '"bad_static_spki_hashe'),
        ("test.example.org", '{"name": "test.example'),
    ]


def test_certificates_and_keys_are_hashed() -> None:
    """A certificate's key, a public key and a hash are three spellings of a pin."""
    root = Authority.root("Lab")
    reading = _read(f"LabRoot\n{root.pem}\nLabHash\nsha256/{LEAF.pin.base64}\n")
    assert [str(each.pin) for each in reading.pins] == [root.pin, str(LEAF.pin)]
    assert [each.role for each in reading.pins] == ["root", None]


def test_subdomains_of_a_public_suffix_are_noted() -> None:
    """Google pins whole suffixes; a pin file refuses to."""
    text = _sample("valid/both.pins").replace('"example.com"', '"appspot.com"')
    assert any("public suffix" in note.text for note in _read(text).notes)


@pytest.mark.parametrize(
    ("name", "problem", "line"),
    [
        ("sets-alone.json", "there is no key 'TestSPKI'", 4),
        ("name.pins", "'example' is not the name of a key", 1),
        ("no-value.pins", "'ExampleRoot' has no value", 1),
        ("crlf.pins", "CRLF", 1),
        ("damaged-certificate.pins", "ExampleRoot: ", 8),
    ],
)
def test_a_fault_is_told_with_its_line(name: str, problem: str, line: int) -> None:
    """As Chromium's generator refuses it."""
    assert chromium_pins.FORMAT.read is not None
    with pytest.raises(FormatError) as caught:
        chromium_pins.FORMAT.read((SAMPLES / "broken" / name).read_bytes(), "f")
    assert (problem in caught.value.problem, caught.value.line) == (True, line)


def test_the_sets_alone_say_what_is_missing() -> None:
    """Whoever gives one of two files learns of the other."""
    with pytest.raises(FormatError) as caught:
        _read(_sample("broken/sets-alone.json"))
    assert "cat" in (caught.value.hint or "")
