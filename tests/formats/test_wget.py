"""wget's configuration file: exact text, and edits in place."""

from __future__ import annotations

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import export, wget
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, LEAF, PLAIN

PINS = f"sha256//{LEAF.pin.base64};sha256//{BACKUP.pin.base64}"
OWN = (
    "# The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.\n"
    "# Use these pins for api.example.com only: wget applies them to every host.\n"
    "# Keys, in this order: leaf, standby.\n"
    f"pinnedpubkey = {PINS}\n"
)


def test_the_file_in_full() -> None:
    """A new file names its pin file, the host, and the pins without quotes, because wget would keep quotes."""
    assert export(PLAIN, wget.FORMAT).text == OWN


def test_the_rest_of_a_file_stays_as_it_is() -> None:
    """Other settings, remarks, line ends and blank lines are kept, and old pins are removed everywhere."""
    before = (
        f"# mine\r\n\r\nhttps_only = on\r\nPinned-PubKey = sha256//{LEAF.pin.base64}\r\n # pinnedpubkey = old\r\nuser=x"
    )
    after = export(PLAIN, wget.FORMAT, existing=before).text
    own = OWN.replace("\n", "\r\n")
    assert after == f"# mine\r\n\r\nhttps_only = on\r\n{own} # pinnedpubkey = old\r\nuser=x"
    assert export(PLAIN, wget.FORMAT, existing=after).text == after


def test_another_pin_file_takes_over_the_remark() -> None:
    """The only remark names the pin file that wrote last."""
    first = export(PLAIN, wget.FORMAT).text
    assert export(PLAIN, wget.FORMAT, existing=first, source="new.toml").text == OWN.replace("pins.toml", "new.toml")


def test_the_name_of_a_pin_file_cannot_leave_the_remark() -> None:
    """Line ends and direction characters in the name do not reach the file."""
    text = export(PLAIN, wget.FORMAT, source="a\nhttps_only = off\N{RIGHT-TO-LEFT OVERRIDE}\u2028b").text
    assert len(text.splitlines()) == 4
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text


def test_disabled_checks_are_noted() -> None:
    """A file that switches trust off is read, with a note of the line."""
    read = wget.FORMAT.read
    assert read is not None
    (note,) = read(f"check_certificate = off\npinnedpubkey={PINS}\n".encode(), "rc").notes
    assert (line_of(note), "neither the chain nor the name" in note.text) == (1, True)


@pytest.mark.parametrize("value", [f'"{PINS}"', f"{PINS} # new", PINS.replace(";", "; "), f"{PINS};"])
def test_a_list_that_wget_reads_otherwise_is_refused(value: str) -> None:
    """Quotes, remarks, blanks and a final semicolon belong to the value, and the error names the line."""
    read = wget.FORMAT.read
    assert read is not None
    with pytest.raises(FormatError) as caught:
        read(f"\npinnedpubkey = {value}\n".encode(), "rc")
    assert caught.value.line == 2
