"""Lists of hosts and pins in formats of an app's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import policy_of, recognise
from pinsmith.formats.json_hosts import FORMAT
from tests.formats.note import in_line
from tests.formats.policy import BACKUP, LEAF, ROOT, key

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading

SAMPLES = Path(__file__).parent / "samples" / FORMAT.id / "valid"
A, B = LEAF.pin.base64, BACKUP.pin.base64


def _read(text: str) -> Reading:
    assert FORMAT.read is not None
    return FORMAT.read(text.encode(), "f")


def test_a_list_of_authorities_becomes_a_policy() -> None:
    """A table of the pins in the file marks them as roots, and other settings are noted and left out."""
    reading = _read((SAMPLES / "pins.json").read_text())
    policy, notes = policy_of(reading, file="f")
    assert [(entry.host, [key.pin for key in entry.keys]) for entry in policy.hosts] == [
        ("www.example.com", [ROOT.pin, key("k1").pin]),
        ("api.example.org", [ROOT.pin, key("k1").pin]),
    ]
    assert {key.role for key in policy.keys} == {"root"}
    assert [in_line(note) for note in notes] == [
        "line 14: 'notes' of www.example.com is left out",
        "line 3: 'enforcePinning' is left out, because its meaning in the app is not known",
        "line 3: 'enforcePinning' is false, so the app may not enforce these pins; its code decides",
    ]


def test_lists_are_found_anywhere() -> None:
    """Lists are found below other settings, as objects with the host inside, and with stars."""
    assert [entry.host for entry in _read((SAMPLES / "app.json").read_text()).hosts] == ["example.com"]
    api, log = _read((SAMPLES / "list.json").read_text()).hosts
    assert (api.host, api.include_subdomains, api.line) == ("api.example.com", True, 3)
    assert (log.host, log.expires) == ("log.example.org", date(2031, 5, 1))
    (wide,) = _read((SAMPLES / "star.json").read_text()).hosts
    assert (wide.host, wide.include_subdomains) == ("example.com", True)


def test_other_texts_are_not_pins() -> None:
    """Versions look like hosts, and lists of words look like lists of pins, but neither makes an entry."""
    text = f'{{"example.com": {{"paths": ["a", "b"], "pins": ["{A}"]}}, "1.2": ["{B}"], "index.js": ["x"]}}'
    assert [entry.host for entry in _read(text).hosts] == ["example.com"]


def test_a_placeholder_is_refused_with_its_line() -> None:
    """A placeholder would make the host unreachable."""
    with pytest.raises(FormatError, match=r"f:2:1: .*not a pin"):
        _read('{"api.example.com": [\n"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}')


def test_it_is_the_last_resort() -> None:
    """A list of another format is not taken for an app's own list."""
    text = f'{{"sha256Keys": {{"api.example.com": ["sha256/{A}", "sha256/{B}"]}}}}'
    assert recognise(text.encode(), "x.json").id == "rn-ssl-manager"
    assert recognise(text.replace("sha256Keys", "keys").encode(), "x.json").id == "json-hosts"
