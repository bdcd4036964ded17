"""What lint makes of a file: its hosts with their lines, what its reader found, or a finding that it is broken."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest

from pinsmith.errors import ParseError, UnknownFormatError
from pinsmith.finding import FilePlace
from pinsmith.rules import RULES, lint, read, unreadable
from tests.formats.policy import pin

TODAY: Final = date(2027, 1, 1)
OURS, STANDBY = pin("ours"), pin("standby")
PIN_FILE: Final = f"""version = 1
[defaults]
lead-time = 60
[keys.ours]
pin = "{OURS}"
[keys.standby]
pin = "{STANDBY}"
[[host]]
name = "api.example.com"
keys = ["ours", "standby"]
[[host]]
name = "www.example.com"
keys = ["ours", "standby"]
"""


def test_a_pin_file_has_a_line_for_each_host() -> None:
    """Each host of a pin file is placed at its table, and the lead time of the file is known."""
    file = read(PIN_FILE.encode(), "pins.toml", today=TODAY)
    assert [(site.entry.host, site.place) for site in file.sites] == [
        ("api.example.com", FilePlace("pins.toml", 8)),
        ("www.example.com", FilePlace("pins.toml", 11)),
    ]
    assert (file.target, file.lead_time) == (None, timedelta(days=60))


def test_a_pin_file_that_is_broken_has_a_finding_with_its_place() -> None:
    """The finding has the line and column, and a known-bad pin is called that."""
    bad = PIN_FILE.replace(OURS.base64, "A" * 43 + "=")
    with pytest.raises(ParseError) as raised:
        read(bad.encode(), "pins.toml", today=TODAY)
    found = unreadable(raised.value, "pins.toml")
    assert (found.rule, str(found.place)) == ("known-bad-pin", "pins.toml:5:1")
    assert found.message.startswith("keys.ours.pin: ")
    assert "pins.toml" not in found.message


def test_pins_without_a_host_are_looked_at_too() -> None:
    """A file that names no host has the same findings, without a host."""
    (found,) = lint([read(f'pinnedpubkey = "sha256//{OURS.base64}"\n'.encode(), "api.curlrc", today=TODAY)], RULES)
    assert (found.rule, found.host) == ("missing-backup-pin", None)
    assert found.message == "it has one pin, so the loss or change of that key locks all clients out"


def test_what_matters_for_import_alone_is_left_out() -> None:
    """Notes about roles and settings that a policy cannot hold are not findings."""
    text = f'{{"api.example.com": ["{OURS}", "{STANDBY}"]}}'
    assert read(text.encode(), "pins.json", today=TODAY).notes == ()


def test_a_file_without_pins_is_not_recognised() -> None:
    """A file of no format raises, so that a search can skip it."""
    with pytest.raises(UnknownFormatError):
        read(b"<xml/>", "layout.xml", today=TODAY)
