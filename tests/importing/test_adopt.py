"""A pin file of many places is written only over what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FileError
from pinsmith.importing.adopt import merged_pin_file, new_pin_file
from tests.formats.policy import FULL, PLAIN

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """A new pin file does not replace a file that another program wrote after the comparison."""
    path = tmp_path / "pins.toml"
    made = new_pin_file(PLAIN, ())
    path.write_text("ours")
    with pytest.raises(FileError, match="another program changed it meanwhile"):
        made.save(path)
    assert path.read_text() == "ours"


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """A pin file that was edited after it was read keeps that edit."""
    path = tmp_path / "pins.toml"
    new_pin_file(PLAIN, ()).save(path)
    made = merged_pin_file(path, FULL, ())
    path.write_text(path.read_text() + "# ours\n")
    with pytest.raises(FileError, match="another program changed it meanwhile"):
        made.save(path)
    assert path.read_text().endswith("# ours\n")
