"""A platform's file is converted to another format; into a file of its own format only the pins are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pinsmith.formats import curl, wget
from pinsmith.importing import convert, import_policy, read
from tests.formats.policy import BACKUP, LEAF

PINS = f"sha256//{LEAF.pin.base64};sha256//{BACKUP.pin.base64}"
OWN = "# Our own remark.\nmax-time = 30\n"


FILE = read(f'{OWN}pinnedpubkey = "{PINS}"\n'.encode(), ".curlrc")
POLICY = import_policy(
    FILE, today=date(2026, 1, 1), hosts=["api.example.com"], roles={LEAF.pin: "leaf", BACKUP.pin: "leaf"}
).policy


def test_a_file_of_the_same_format_keeps_all_else() -> None:
    """The user's other settings stay."""
    converted = convert(FILE, POLICY, curl.FORMAT)
    assert converted.problem is None
    assert converted.made.text.startswith(OWN)
    assert PINS in converted.made.text


def test_another_format_holds_only_the_pins() -> None:
    """Other settings of the old file do not exist in the new format, and that is not reported as a problem."""
    converted = convert(FILE, POLICY, wget.FORMAT)
    assert converted.problem is None
    assert "Our own remark" not in converted.made.text
    assert "from .curlrc" in converted.made.text


def test_the_reason_why_a_file_cannot_be_edited_is_reported() -> None:
    """The pins are written all the same, and the caller learns what was left out."""
    converted = convert(replace(FILE, content=b"\xff"), POLICY, curl.FORMAT)
    assert converted.problem == "it is not UTF-8 text"
    assert PINS in converted.made.text
