"""Plain lists of pins, as people keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FormatError, UnknownFormatError
from pinsmith.formats import plain_list, policy_of, recognise
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, LEAF

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading


def _read(text: str) -> Reading:
    assert plain_list.FORMAT.read is not None
    return plain_list.FORMAT.read(text.encode(), "pins.txt")


@pytest.mark.parametrize(
    "text",
    [
        f"sha256/{LEAF.pin.base64}\nsha256/{BACKUP.pin.base64}\n",
        f"{LEAF.pin.base64}, {BACKUP.pin.base64}",
        f"sha256//{LEAF.pin.base64};sha256//{BACKUP.pin.base64}",
        f'pin-sha256="{LEAF.pin.base64}"; pin-sha256="{BACKUP.pin.base64}"',
        f'["{LEAF.pin}",\r\n "{BACKUP.pin}"]',
        f"# ours\n{LEAF.pin} # now\n\n{BACKUP.pin} // later\n",
        f"{LEAF.pin.hex}|{BACKUP.pin.hex.upper()}",
    ],
    ids=["lines", "commas", "curl", "hpkp", "array", "remarks", "hexadecimal"],
)
def test_any_spelling_in_any_layout_is_read(text: str) -> None:
    """The pins come in the order of the file, whatever is between them."""
    reading = _read(text)
    assert [found.pin for found in reading.pins] == [LEAF.pin, BACKUP.pin]
    policy, _ = policy_of(reading, file="pins.txt", hosts=["a.test", "b.test"])
    assert [entry.host for entry in policy] == ["a.test", "b.test"]


def test_without_a_host_the_hint_asks_for_one() -> None:
    """A list without a host makes no policy."""
    with pytest.raises(FormatError) as caught:
        policy_of(_read(str(LEAF.pin)), file="pins.txt")
    assert "--host" in (caught.value.hint or "")


def test_a_doubtful_pin_is_noted_with_its_line() -> None:
    """Notes name duplicate pins, and hexadecimal that may be the hash of a certificate."""
    assert [
        (line_of(note), note.text.split()[-1]) for note in _read(f"{LEAF.pin}\n{LEAF.pin}\n{BACKUP.pin.hex}").notes
    ] == [
        (2, "twice"),
        (3, "same"),
    ]


@pytest.mark.parametrize("text", ["", "# nothing", f"{LEAF.pin} api.example.com", "hello"])
def test_other_texts_are_not_taken_for_lists(text: str) -> None:
    """A text with one word that is not a pin is not a list."""
    with pytest.raises(UnknownFormatError):
        recognise(text.encode(), "notes.txt")
