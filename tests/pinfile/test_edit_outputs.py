"""Outputs are added to a pin file, and everything that it had stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.errors import PinsmithError
from pinsmith.pinfile import Output
from pinsmith.pinfile._edit_outputs import OutputEdit

if TYPE_CHECKING:
    from pathlib import Path

HEAD: Final = "# Ours.\nversion = 1\n\n[defaults]\nmode = 'enforce' # as agreed\n"
OTHER: Final = '\n# For the web team.\n[[output]]\nformat = "csv"\npath = "pins.csv"\n'
NEW: Final = Output("curl", "deploy/api.curlrc", {"hosts": ("api.example.com",)})
ADDED: Final = '\n[[output]]\nformat = "curl"\npath = "deploy/api.curlrc"\nhosts = ["api.example.com"]\n'


@pytest.mark.parametrize("text", [HEAD, HEAD + OTHER, HEAD + OTHER + "# The end.\n"], ids=["none", "one", "a remark"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_an_output_is_added_after_the_others(text: str, newline: str, tmp_path: Path) -> None:
    """The new text is the old one and a table, with the line ends of the file."""
    path = tmp_path / "pins.toml"
    path.write_bytes(text.replace("\n", newline).encode())
    edit = OutputEdit.load(path)
    edit.add_output(NEW)
    before, after = edit.contents()
    assert before == path.read_bytes()
    assert after.decode() == (text + ADDED).replace("\n", newline)
    assert edit.result().outputs[-1] == NEW


def test_outputs_that_cannot_be_added_in_place_are_refused(tmp_path: Path) -> None:
    """If the outputs stand in an array of inline tables, nothing is changed."""
    path = tmp_path / "pins.toml"
    path.write_text('output = [{ format = "csv", path = "pins.csv" }]\nversion = 1\n')
    edit = OutputEdit.load(path)
    edit.add_output(NEW)
    with pytest.raises(PinsmithError, match="cannot edit"):
        edit.contents()


def test_an_output_without_a_proper_path_is_refused(tmp_path: Path) -> None:
    """A path that a pin file cannot hold raises, and the file can still be edited."""
    path = tmp_path / "pins.toml"
    path.write_text(HEAD)
    edit = OutputEdit.load(path)
    with pytest.raises(PinsmithError):
        edit.add_output(Output("curl", ""))
    edit.add_output(NEW)
    assert edit.result().outputs == (NEW,)
