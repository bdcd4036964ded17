"""The page about a year with pins shows what its commands print, and nobody is locked out in that year."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.meta import source
from tests.pages.stage import Stage, ignore_the_real_clock

if TYPE_CHECKING:
    import pytest

    from tests.pages.reader import Reader

PAGE = source.ROOT / "docs" / "a-year-with-pins.md"
# Read at import, because the environment is cleaned before tests run.
UPDATE = bool(os.environ.get("UPDATE_TRANSCRIPTS"))


def test_a_year_with_pins_shows_what_is_printed(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command works on its day and prints what stands below it; every release accepts its server at each step."""
    ignore_the_real_clock(monkeypatch)
    played = Stage(reader).play(PAGE)
    if UPDATE:
        PAGE.write_text(played, "utf-8")
    assert played == PAGE.read_text("utf-8")
